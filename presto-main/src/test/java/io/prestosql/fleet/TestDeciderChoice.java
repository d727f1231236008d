/*
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.prestosql.fleet;

import com.google.common.collect.ImmutableList;
import io.prestosql.node.CoordinatorAddress;
import io.prestosql.protocol.DeciderAppointment;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

public class TestDeciderChoice
{
    private static final List<CoordinatorAddress> COORDINATORS = ImmutableList.of(
            new CoordinatorAddress("a", URI.create("http://127.0.0.1:1")),
            new CoordinatorAddress("b", URI.create("http://127.0.0.1:2")));

    private final DeciderChoice choice = new DeciderChoice();

    @Test
    public void testNoCoordinatorAnswers()
    {
        assertThat(choice.appoint(1, COORDINATORS, Set.of())).isEmpty();
    }

    @Test
    public void testDeciderStaysWhileItAnswers()
    {
        assertThat(choice.appoint(1, COORDINATORS, Set.of("b"))).contains(new DeciderAppointment("b", 1, COORDINATORS));
        assertThat(choice.appoint(1, COORDINATORS, Set.of("a", "b"))).contains(new DeciderAppointment("b", 1, COORDINATORS));
        assertThat(choice.appoint(1, COORDINATORS, Set.of("a"))).contains(new DeciderAppointment("a", 2, COORDINATORS));
        assertThat(choice.appoint(1, COORDINATORS, Set.of("a", "b"))).contains(new DeciderAppointment("a", 2, COORDINATORS));
    }

    @Test
    public void testOnlyTheDeciderAnswered()
    {
        choice.appoint(1, COORDINATORS, Set.of("a"));
        assertThat(choice.appoint(1, COORDINATORS, Set.of())).contains(new DeciderAppointment("a", 1, COORDINATORS));
    }

    @Test
    public void testNewEpoch()
    {
        choice.appoint(1, COORDINATORS, Set.of("b"));
        choice.appoint(1, COORDINATORS, Set.of("a"));
        assertThat(choice.appoint(3, COORDINATORS, Set.of())).isEmpty();
        assertThat(choice.appoint(3, COORDINATORS, Set.of("a", "b"))).contains(new DeciderAppointment("a", 1, COORDINATORS));
        assertThat(choice.appoint(2, COORDINATORS, Set.of("a", "b"))).isEmpty();
    }
}
