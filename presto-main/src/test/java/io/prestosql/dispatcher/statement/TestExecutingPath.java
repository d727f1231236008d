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
package io.prestosql.dispatcher.statement;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

public class TestExecutingPath
{
    private static final String QUERY = "20250101_000000_00000_aaaaa";
    private static final String PREFIX = "/v1/statement/executing/";

    @Test
    public void testResults()
    {
        ExecutingPath path = ExecutingPath.parse(PREFIX + QUERY + "/x0123456789abcdef/12").orElseThrow();
        assertThat(path.queryId()).hasToString(QUERY);
        assertThat(path.path()).isEqualTo(PREFIX + QUERY + "/x0123456789abcdef/12");
        assertThat(path.methods()).containsExactlyInAnyOrder("GET", "HEAD", "DELETE");
    }

    @Test
    public void testPartialCancel()
    {
        ExecutingPath path = ExecutingPath.parse(PREFIX + "partialCancel/" + QUERY + "/3/x0/12").orElseThrow();
        assertThat(path.queryId()).hasToString(QUERY);
        assertThat(path.path()).isEqualTo(PREFIX + "partialCancel/" + QUERY + "/3/x0/12");
        assertThat(path.methods()).containsExactly("DELETE");
    }

    @Test
    public void testWhatTheEngineIgnores()
    {
        assertThat(ExecutingPath.parse(PREFIX + QUERY + ";a=b/x0;c/12;d=e/").orElseThrow().path()).isEqualTo(PREFIX + QUERY + "/x0/12");
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "",
            "/",
            QUERY,
            QUERY + "/x0",
            QUERY + "/x0/nonsense",
            QUERY + "/x0/1/2",
            QUERY + "//1",
            QUERY + "/x0/1//",
            QUERY + "/../1",
            QUERY + "/%2e%2e/1",
            QUERY + "/x|0/1",
            QUERY + "/x\"{}/1",
            QUERY + "/x0/../../../info",
            QUERY + "/../../../service",
            "../" + QUERY + "/1",
            "partialCancel/" + QUERY + "/x/x0/1",
            "partialCancel/" + QUERY + "/../x0/1",
            "partialCancel/../1/x0/1",
            "not-a-query/x0/1",
    })
    public void testOthers(String rest)
    {
        assertThat(ExecutingPath.parse(PREFIX + rest)).isEmpty();
    }

    @Test
    public void testOtherResources()
    {
        assertThat(ExecutingPath.parse("/v1/statement/queued/" + QUERY + "/x0/1")).isEmpty();
    }
}
