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

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The stock command line client on a dispatcher.
 */
@Order(SharedCluster.EVERYDAY)
@TestInstance(PER_CLASS)
public class TestCommandLineClient
{
    /** Runs for hours, in little memory: a query that exceeds its memory ends by itself. */
    private static final String LONG_QUERY = "SELECT count(*) FROM tpch.sf1000.lineitem WHERE comment = 'no such comment'";

    /** The sequence that the client sends to an xterm before it reads a line. It asks for marks around pasted text. */
    private static final String START_OF_LINE = Pattern.quote("\033[?2004h");

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    private static List<String> lines(String output)
    {
        return Splitter.on('\n').omitEmptyStrings().splitToStream(output.replace("\r", "")).collect(toImmutableList());
    }

    @Test
    public void testSessionOfManyStatements()
    {
        ProgramRun run = Cli.execute(cluster.uri(), """
                SELECT name FROM tpch.tiny.region ORDER BY 1;
                USE tpch.tiny;
                SELECT count(*) FROM nation;
                SET SESSION query_max_run_time = '77m';
                SHOW SESSION LIKE 'query_max_run_time';
                PREPARE mine FROM SELECT name FROM nation WHERE nationkey = ?;
                EXECUTE mine USING 3;
                START TRANSACTION;
                SELECT count(*) + 100 FROM nation;
                SELECT count(*) + 200 FROM nation;
                COMMIT;
                START TRANSACTION READ ONLY;
                SELECT count(*) + 300 FROM nation;
                ROLLBACK;
                SET ROLE NONE;
                SELECT 'the end';
                """).expectSuccess();
        List<String> lines = lines(run.output());
        assertThat(lines).containsSubsequence("\"AFRICA\"", "\"AMERICA\"", "\"ASIA\"", "\"EUROPE\"", "\"MIDDLE EAST\"", "\"25\"");
        assertThat(lines).anyMatch(line -> line.startsWith("\"query_max_run_time\",\"77m\""));
        assertThat(lines).containsSubsequence("\"CANADA\"", "\"125\"", "\"225\"", "\"325\"", "\"the end\"");
    }

    @Test
    public void testResultOfManyPages()
    {
        ProgramRun run = Cli.execute(
                cluster.uri(),
                "SELECT * FROM tpch.tiny.orders; SELECT sum(orderkey), sum(length(comment)) FROM tpch.tiny.orders",
                "--output-format=TSV")
                .expectSuccess();
        List<String> lines = lines(run.output());
        assertThat(lines).hasSize(15_001);
        long keys = 0;
        long characters = 0;
        for (String line : lines.subList(0, 15_000)) {
            List<String> columns = Splitter.on('\t').splitToList(line);
            assertThat(columns).hasSize(9);
            keys += Long.parseLong(columns.getFirst());
            characters += columns.getLast().length();
        }
        assertThat(lines.getLast()).isEqualTo(keys + "\t" + characters);
    }

    @Test
    public void testProgressIsShown()
    {
        // long enough for the client to poll it while it runs
        ProgramRun run = Cli.execute(cluster.uri(), "SELECT count(*) FROM tpch.sf1.lineitem, UNNEST(ARRAY[1, 2])", "--progress").expectSuccess();
        assertThat(lines(run.output())).containsExactly("\"12002430\"");
        assertThat(run.errors()).contains("[RUNNING]").contains("FINISHED, 2 nodes").contains("(100.00%)");
    }

    @Test
    public void testErrorTellsWhatAndWhere()
    {
        ProgramRun run = Cli.execute(cluster.uri(), "SELECT 1\nFRM x");
        assertThat(run.exitStatus()).isEqualTo(1);
        assertThat(run.errors()).contains("failed: line 2:5: mismatched input 'x'");
    }

    @Test
    public void testClientOfTheScript()
    {
        ProgramRun run = cluster.command("cli", "--execute", "SELECT 6 * 7").expectSuccess();
        assertThat(lines(run.output())).containsExactly("\"42\"");
    }

    @Test
    public void testInterruptedClientCancelsQuery()
            throws Exception
    {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
        String marker = "marker-" + UUID.randomUUID();
        Path output = Files.createTempFile("product-test", ".out");
        Process process = new ProcessBuilder(concat(ProgramRun.INTERRUPTIBLE, concat(Cli.command(cluster.uri()), "--execute", LONG_QUERY + " /* %s */".formatted(marker)).toArray(String[]::new)))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            awaitRunning(marker);
            ProgramRun.run(ofSeconds(10), "kill", "-INT", String.valueOf(process.pid())).expectSuccess();
            assertThat(process.waitFor(60, SECONDS)).isTrue();
        }
        finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.delete(output);
        }
        awaitCanceled(marker);
    }

    /** Uses a terminal, as a person does: Ctrl-C ends the query, and the client goes on. */
    @Test
    public void testControlCCancelsQueryAndKeepsSession()
            throws Exception
    {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
        assumeThat(Path.of("/usr/bin/script")).exists();

        String marker = "marker-" + UUID.randomUUID();
        Path output = Files.createTempFile("product-test", ".out");
        ProcessBuilder builder = new ProcessBuilder(concat(ProgramRun.INTERRUPTIBLE, "/usr/bin/script", "-qfec", String.join(" ", Cli.command(cluster.uri())), "/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("TERM", "xterm");
        Process process = builder.start();
        try {
            OutputStream keyboard = process.getOutputStream();
            type(keyboard, LONG_QUERY + " /* %s */;\n".formatted(marker));
            awaitRunning(marker);
            // the progress display is there
            await().atMost(ofSeconds(60)).untilAsserted(() -> assertThat(Files.readString(output)).contains("RUNNING"));
            type(keyboard, "\003");
            awaitCanceled(marker);
            // earlier input may reach the progress display, which drops it
            await().atMost(ofSeconds(60)).untilAsserted(() -> assertThat(Files.readString(output)).containsPattern("(?s)Query aborted by user.*" + START_OF_LINE));
            type(keyboard, "SELECT 6 * 7 AS answer;\n");
            await().atMost(ofSeconds(60)).untilAsserted(() -> assertThat(Files.readString(output)).containsPattern("\\b42\\b"));
        }
        finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    private static void type(OutputStream keyboard, String text)
            throws IOException
    {
        keyboard.write(text.getBytes(UTF_8));
        keyboard.flush();
    }

    private static List<String> concat(List<String> command, String... arguments)
    {
        return ImmutableList.<String>builder().addAll(command).add(arguments).build();
    }

    private void awaitRunning(String marker)
    {
        await().atMost(ofSeconds(90)).untilAsserted(() -> assertThat(QueryView.queriesWith(cluster.uri(), marker)).extracting(QueryView::state).containsExactly("RUNNING"));
    }

    private void awaitCanceled(String marker)
    {
        await().atMost(ofSeconds(30)).untilAsserted(() -> assertThat(QueryView.queriesWith(cluster.uri(), marker)).extracting(QueryView::errorName).containsExactly(Optional.of("USER_CANCELED")));
    }
}
