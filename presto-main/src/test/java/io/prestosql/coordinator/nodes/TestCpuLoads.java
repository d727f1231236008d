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
package io.prestosql.coordinator.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.util.concurrent.SettableFuture;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;

import static io.prestosql.coordinator.nodes.CpuLoads.REFRESH_NANOS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestCpuLoads
{
    private final List<String> asked = new ArrayList<>();
    private final Map<String, SettableFuture<Optional<JsonNode>>> answers = new HashMap<>();
    private long nanos;
    private final CpuLoads loads = new CpuLoads(
            (node, path) -> {
                asked.add(node + " " + path);
                SettableFuture<Optional<JsonNode>> answer = SettableFuture.create();
                answers.put(node, answer);
                return answer;
            },
            () -> nanos);

    @Test
    public void testAnswersAreForTheNextOne()
    {
        loads.refresh(Set.of("a"));
        assertThat(asked).containsExactly("a v1/status");
        assertThat(loads.get("a")).isEmpty();
        answer("a", 0.25);
        assertThat(loads.get("a")).contains(0.25);
    }

    @Test
    public void testNodesAreAskedSeldom()
    {
        loads.refresh(Set.of("a"));
        nanos += REFRESH_NANOS - 1;
        loads.refresh(Set.of("a"));
        assertThat(asked).hasSize(1);
        nanos++;
        loads.refresh(Set.of("a"));
        assertThat(asked).hasSize(2);
    }

    @Test
    public void testUnknownLoad()
    {
        loads.refresh(Set.of("a", "b", "c", "d"));
        answer("a", 0.5);
        answer("b", 0.5);
        answer("c", 0.5);
        answer("d", 0.5);
        nanos += REFRESH_NANOS;
        // d is gone
        loads.refresh(Set.of("a", "b", "c"));
        assertThat(loads.get("d")).isEmpty();
        // the machine does not know its load
        answer("a", -1);
        answers.get("b").setException(new TimeoutException());
        answers.get("c").set(Optional.empty());
        assertThat(loads.get("a")).isEmpty();
        assertThat(loads.get("b")).isEmpty();
        assertThat(loads.get("c")).isEmpty();
    }

    private void answer(String node, double load)
    {
        answers.get(node).set(Optional.of(new ObjectMapper().createObjectNode().put("systemCpuLoad", load)));
    }
}
