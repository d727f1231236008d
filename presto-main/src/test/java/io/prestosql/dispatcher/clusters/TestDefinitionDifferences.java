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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.node.ClusterName;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import static org.assertj.core.api.Assertions.assertThat;

public class TestDefinitionDifferences
{
    private static final String FIX = ". The definitions of the leader count: make the files in cluster.config-dir, and discovery.uri in config.properties, the same on all dispatchers";
    private static final ClusterName A = new ClusterName("a");
    private static final ClusterName B = new ClusterName("b");
    private static final ClusterName C = new ClusterName("c");
    private static final ClusterName D = new ClusterName("d");
    private static final Map<ClusterName, String> LEADERS = ImmutableMap.of(A, "1", B, "2", C, "3");

    private Map<ClusterName, String> own = LEADERS;
    private List<String> ownProblems = ImmutableList.of();
    private boolean leading = true;
    private long nanos;
    private final DefinitionDifferences differences = new DefinitionDifferences(() -> own, () -> ownProblems, () -> leading, () -> nanos);

    @Test
    public void testSame()
    {
        differences.take(report("d2", LEADERS));
        assertThat(differences.getDifferingDispatchers()).isZero();
        assertThat(differences.getDifferences()).isEmpty();
        assertThat(differences.problems()).isEmpty();
    }

    @Test
    public void testDifferent()
    {
        differences.take(report("d2", ImmutableMap.of(A, "9", B, "9", C, "3")));
        differences.take(report("d3", ImmutableMap.of(A, "1", C, "9", D, "4")));
        differences.take(report("d4", LEADERS));
        assertThat(differences.getDifferingDispatchers()).isEqualTo(2);
        assertThat(differences.getDifferences()).containsExactly(
                "Dispatcher d2 has another definition of clusters a, b" + FIX,
                "Dispatcher d3 has another definition of cluster c, and no definition of cluster b, and a definition of cluster d, which is not here" + FIX);
        assertThat(differences.problems()).isEqualTo(differences.getDifferences());
        assertThat(differences.differences().getFirst().concerns(A)).isTrue();
        assertThat(differences.differences().getFirst().concerns(C)).isFalse();
        assertThat(differences.differences().getLast().concerns(B)).isTrue();
    }

    @Test
    public void testCorrectedThereOrHere()
    {
        differences.take(report("d2", ImmutableMap.of(A, "1", B, "2")));
        assertThat(differences.getDifferingDispatchers()).isEqualTo(1);
        differences.take(report("d2", LEADERS));
        assertThat(differences.getDifferingDispatchers()).isZero();
        own = ImmutableMap.of(A, "1", B, "2");
        assertThat(differences.getDifferingDispatchers()).isEqualTo(1);
        own = LEADERS;
        assertThat(differences.getDifferingDispatchers()).isZero();
    }

    @Test
    public void testDispatcherThatIsAwayIsForgotten()
    {
        differences.take(report("d2", ImmutableMap.of()));
        nanos = DefinitionDifferences.FORGET_NANOS;
        assertThat(differences.getDifferingDispatchers()).isEqualTo(1);
        nanos++;
        assertThat(differences.getDifferingDispatchers()).isZero();
    }

    @Test
    public void testLogged()
    {
        List<String> lines = new ArrayList<>();
        Logger logger = Logger.getLogger(DefinitionDifferences.class.getName());
        Handler handler = new Handler()
        {
            @Override
            public void publish(LogRecord record)
            {
                lines.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        try {
            differences.take(report("d2", ImmutableMap.of()));
            differences.take(report("d2", ImmutableMap.of()));
            assertThat(lines).as("once is enough").hasSize(1);
            // it was away, and returns with the same difference
            nanos = DefinitionDifferences.FORGET_NANOS + 1;
            differences.take(report("d2", ImmutableMap.of()));
            assertThat(lines).hasSize(2).allMatch(line -> line.contains("Dispatcher d2 has no definition of clusters a, b, c"));
            differences.take(report("d2", LEADERS));
            assertThat(lines.getLast()).isEqualTo("The files of dispatcher d2 define the same clusters as those of the leader again");
        }
        finally {
            logger.removeHandler(handler);
        }
    }

    @Test
    public void testOnlyTheLeaderCounts()
    {
        differences.take(report("d2", ImmutableMap.of()));
        leading = false;
        assertThat(differences.getDifferingDispatchers()).isZero();
        // a later term starts without what was told before
        leading = true;
        assertThat(differences.getDifferingDispatchers()).isZero();
    }

    @Test
    public void testProblemsThatOnlyOthersHave()
    {
        ownProblems = ImmutableList.of("a.properties line 1: wrong");
        differences.take(new DefinitionsReport("d2", LEADERS, ImmutableList.of("a.properties line 1: wrong", "b.properties line 2: wrong")));
        assertThat(differences.problems()).containsExactly("Dispatcher d2: b.properties line 2: wrong");
        assertThat(differences.getDifferingDispatchers()).isZero();
    }

    private static DefinitionsReport report(String dispatcher, Map<ClusterName, String> fingerprints)
    {
        return new DefinitionsReport(dispatcher, fingerprints, ImmutableList.of());
    }
}
