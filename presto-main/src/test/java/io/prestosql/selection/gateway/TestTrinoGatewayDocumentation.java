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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import io.prestosql.spi.selection.ClusterTarget.RoutingGroup;
import io.prestosql.testing.GeneratedText;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.selection.gateway.Submissions.query;
import static io.prestosql.selection.gateway.Submissions.request;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The rule files in the documentation of Trino Gateway, as they are there, and what it says that they do. The page {@code trino-gateway.md}
 * has the table, which this test writes with {@code -Dgenerate}.
 */
public class TestTrinoGatewayDocumentation
{
    private static final Path FILES = Path.of("src/test/resources/trino-gateway-rules");
    private static final String DEFAULT_GROUP = "adhoc";
    private static final String BOTH_FIRE = "both rules fire, in the order of the file, and the last one counts";
    private static final String NO_MATCH = "no rule matches: the default group";

    /**
     * @param says what the documentation of Trino Gateway says
     */
    record DocumentedRule(String file, Optional<String> source, Optional<String> clientTags, String group, String says) {}

    static List<DocumentedRule> documented()
    {
        return ImmutableList.of(
                row("file-order.yaml", "airflow", "", "etl", "the first rule matches"),
                row("file-order.yaml", "airflow", "label=special", "etl-special", BOTH_FIRE),
                row("file-order.yaml", "datagrip", "label=special", DEFAULT_GROUP, NO_MATCH),
                row("file-order.yaml", "", "", DEFAULT_GROUP, NO_MATCH),
                row("swapped-order.yaml", "airflow", "label=special", "etl", "the rules swapped: `etl` instead"),
                row("atomic.yaml", "airflow", "", "etl", "exactly one rule matches"),
                row("atomic.yaml", "airflow", "label=special", "etl-special", "exactly one rule matches"),
                row("null-check.yaml", "", "label=foo", "etl-foo", "the null check in Java's way"),
                row("null-check.yaml", "", "", DEFAULT_GROUP, NO_MATCH),
                row("priorities.yaml", "airflow", "", "etl", "the rule of priority 0 matches"),
                row("priorities.yaml", "airflow", "email=test@example.com,label=special", "etl-special", "both fire, priority 0 before 1: always `etl-special`"),
                row("priorities-swapped.yaml", "airflow", "label=special", "etl-special", "priorities count, not the order of the file"),
                row("state.yaml", "airflow", "", "etl", "the rule of priority 1 matches"),
                row("state.yaml", "airflow", "label=special", "etl-special", "the rule of priority 2 sees what that of priority 1 has put into `state`"),
                row("state.yaml", "", "label=special", DEFAULT_GROUP, NO_MATCH),
                row("if-statements.yaml", "airflow", "label=foo", "etl-foo", "the first branch"),
                row("if-statements.yaml", "airflow", "label=bar", "etl-bar", "the second branch"),
                row("if-statements.yaml", "airflow", "", "etl", "the last branch"),
                row("if-statements.yaml", "datagrip", "label=foo", DEFAULT_GROUP, NO_MATCH));
    }

    private static DocumentedRule row(String file, String source, String clientTags, String group, String says)
    {
        return new DocumentedRule(
                file,
                Optional.of(source).filter(value -> !value.isEmpty()),
                Optional.of(clientTags).filter(value -> !value.isEmpty()),
                group,
                says);
    }

    @ParameterizedTest
    @MethodSource("documented")
    public void testGroupIsTheDocumentedOne(DocumentedRule row)
    {
        assertThat(group(row)).isEqualTo(row.group());
    }

    @Test
    public void testEveryFileIsUsed()
            throws IOException
    {
        try (Stream<Path> files = Files.list(FILES)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(documented().stream().map(DocumentedRule::file).distinct().toList());
        }
    }

    @Test
    public void testPageHasTheResults()
    {
        StringBuilder table = new StringBuilder("""
                | File | `X-Trino-Source` | `X-Trino-Client-Tags` | Its documentation | Group here |
                | --- | --- | --- | --- | --- |
                """);
        for (DocumentedRule row : documented()) {
            table.append("| `%s` | %s | %s | `%s`: %s | `%s` |\n".formatted(
                    row.file(),
                    row.source().map("`%s`"::formatted).orElse(""),
                    row.clientTags().map("`%s`"::formatted).orElse(""),
                    row.group(),
                    row.says(),
                    group(row)));
        }
        GeneratedText.assertSection("presto-docs/src/main/markdown/trino-gateway.md", "rule files", table.toString());
    }

    private static String group(DocumentedRule row)
    {
        TrinoGatewayRules policy = new TrinoGatewayRules(
                new TrinoGatewayConfig(),
                new TrinoGatewayRulesConfig().setConfigFile(FILES.resolve(row.file())).setRuleTimeout(new Duration(1, MINUTES)),
                new TrinoGatewayCounters(),
                FixedGroups.of(DEFAULT_GROUP, "etl", "etl-special", "etl-foo", "etl-bar"));
        try {
            ImmutableMap.Builder<String, String> headers = ImmutableMap.builder();
            row.source().ifPresent(source -> headers.put("X-Trino-Source", source));
            row.clientTags().ifPresent(tags -> headers.put("X-Trino-Client-Tags", tags));
            RoutingGroup group = (RoutingGroup) getOnlyElement(policy.select(query(policy.inspect(request(headers.buildOrThrow())))).targets());
            assertThat(policy.problems()).isEmpty();
            return group.name();
        }
        finally {
            policy.shutdown();
        }
    }
}
