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
package io.prestosql.tests.product;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * A run of a query, read from the coordinator's log, which outlives the coordinator.
 *
 * @param start when the query certainly ran: the log does not separate the time to create its tasks from its time in the queue
 */
record CoordinatorRun(String queryId, String coordinator, boolean finished, Instant start, Instant end)
{
    private static final Pattern TIMELINE = Pattern.compile("TIMELINE: Query (\\S+) :: (\\S+) .* planning (\\d+)ms .* running (\\d+)ms :: finishing (\\d+)ms .* end (\\S+)");

    /**
     * Returns all runs that have ended on one of the cluster's coordinators.
     */
    static List<CoordinatorRun> of(LocalCluster cluster)
    {
        List<CoordinatorRun> runs = new ArrayList<>();
        for (LocalCluster.Node coordinator : cluster.coordinators()) {
            for (Path log : logs(cluster.data(coordinator.name()).resolve("var/log"))) {
                for (String line : readLines(log)) {
                    Matcher matcher = TIMELINE.matcher(line);
                    if (matcher.find()) {
                        Instant end = OffsetDateTime.parse(matcher.group(6)).toInstant();
                        // the timeline begins with the submission, and counts the time in the queue as scheduling
                        long runMillis = Long.parseLong(matcher.group(3)) + Long.parseLong(matcher.group(4)) + Long.parseLong(matcher.group(5));
                        runs.add(new CoordinatorRun(matcher.group(1), coordinator.name(), matcher.group(2).equals("FINISHED"), end.minusMillis(runMillis), end));
                    }
                }
            }
        }
        return runs;
    }

    /**
     * Returns the logs of all processes; every process has its own file.
     */
    private static List<Path> logs(Path directory)
    {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("server.log-")).collect(toImmutableList());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> readLines(Path file)
    {
        try {
            return Files.readAllLines(file);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
