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
package io.prestosql.queue.core;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;

import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static org.assertj.core.api.Assertions.assertThat;

public class TestQueryFates
{
    @Test
    public void testEveryFateIsCounted()
    {
        QueryFates fates = QueryFates.NONE;
        for (QueryFate fate : QueryFate.values()) {
            for (int i = 0; i <= fate.ordinal(); i++) {
                fates = fates.plus(fate, Optional.of(new QueryFailure(COORDINATOR_LOST, "lost")));
            }
        }
        fates = fates.plus(QueryFate.FAILED, Optional.of(new QueryFailure(USER_CANCELED, "canceled")));
        assertThat(fates).isEqualTo(new QueryFates(1, 2, 3, 4, 5, 7, Map.of("COORDINATOR_LOST", 6, "USER_CANCELED", 1)));
        assertThat(fates.total()).isEqualTo(22);
    }
}
