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

import com.google.common.collect.Sets;
import io.airlift.log.Logger;
import io.prestosql.testing.GeneratedText;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.tests.product.NodeCounters.awaitLeader;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * All clients wait while a dispatcher takes over the queue, so every dispatcher loads the classes for it in advance. The list of those
 * classes is out of date when a take-over loads many others: {@code -Dgenerate} adds them.
 */
@Order(SharedCluster.NONE)
@Tag("long")
public class TestTakeOverClasses
{
    private static final Logger log = Logger.get(TestTakeOverClasses.class);

    private static final Path LIST = Path.of("../presto-main/src/main/resources/io/prestosql/dispatcher/admission/take-over-classes.txt");
    private static final Duration PATIENCE = ofSeconds(60);
    /** Allows for other classes that happen to be loaded at the time. */
    private static final int MAX_MISSING = 40;
    /** The name and the source in a line of the JVM's log. */
    private static final Pattern LOADED = Pattern.compile("(\\S+) source: (.*)");
    /** Classes that are generated at run time, and our anonymous classes, whose numbers change with each release. */
    private static final Pattern NAMELESS = Pattern.compile(".*(/0x|\\$\\$|LambdaForm).*|io\\.prestosql\\..*\\$\\d+");

    @Test
    public void testTakeOverLoadsFewClasses()
            throws IOException
    {
        SharedCluster.stop();
        try (LocalCluster cluster = LocalCluster.builder("take-over")
                .queryLog("embedded")
                .dispatchers(3)
                .coordinators(1)
                .workers(1)
                .resourceGroup(1)
                .jvm("dispatcher", "-Xmx384M")
                .jvm("dispatcher", "-Xlog:class+load:file=classes-%p.log:none")
                .jvm("coordinator", "-Xmx768M")
                .jvm("worker", "-Xmx768M")
                .start()) {
            Node leader = awaitLeader(cluster.dispatchers());
            List<Node> others = cluster.dispatchers().stream()
                    .filter(dispatcher -> !dispatcher.equals(leader))
                    .toList();
            HeldQuery running = HeldQuery.submit(others.getFirst().uri(), "take-over", 0);
            assertThat(running.hold()).isTrue();
            HeldQuery queued = HeldQuery.submit(others.getFirst().uri(), "take-over", 1);
            queued.query().advance();
            assertThat(queued.query().state()).isEqualTo("QUEUED");
            await().atMost(PATIENCE).until(() -> others.stream().allMatch(NodeCounters::isQueryLogOpen));
            List<Set<String>> before = others.stream().map(node -> loaded(cluster, node)).toList();

            cluster.kill(leader.name());
            running.query().continueAt(others.getFirst().uri());
            assertThat(running.finish()).isTrue();
            queued.query().continueAt(others.getFirst().uri());
            assertThat(queued.hold()).isTrue();
            Node successor = awaitLeader(others);
            SortedSet<String> inTakeOver = new TreeSet<>(Sets.difference(loaded(cluster, successor), before.get(others.indexOf(successor))));
            assertThat(queued.finish()).isTrue();

            List<String> lines = Files.readAllLines(LIST);
            Set<String> known = Set.copyOf(lines);
            SortedSet<String> missing = new TreeSet<>(Sets.difference(inTakeOver, known));
            log.info("A take-over loads %s classes, %s of them known: missing are %s", inTakeOver.size(), inTakeOver.size() - missing.size(), missing);
            if (GeneratedText.isGenerated()) {
                Stream<String> comments = lines.stream().filter(line -> line.startsWith("#"));
                Stream<String> names = Stream.concat(lines.stream().filter(line -> !line.startsWith("#")), missing.stream());
                Files.write(LIST, Stream.concat(comments, names.sorted()).toList());
                return;
            }
            assertThat(missing).as("Run this test once more with -Dgenerate, which adds them to %s", LIST.normalize()).hasSizeLessThanOrEqualTo(MAX_MISSING);
        }
    }

    /**
     * Returns the classes of the product and its libraries that the node's process has loaded.
     */
    private static Set<String> loaded(LocalCluster cluster, Node node)
    {
        Path file = cluster.data(node.name()).resolve("classes-%s.log".formatted(cluster.pid(node.name())));
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(LOADED::matcher)
                    .filter(Matcher::matches)
                    .filter(line -> line.group(2).startsWith("file:"))
                    .map(line -> line.group(1))
                    .filter(name -> !NAMELESS.matcher(name).matches())
                    .collect(toImmutableSet());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
