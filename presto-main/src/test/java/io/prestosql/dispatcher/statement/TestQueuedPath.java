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

import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

public class TestQueuedPath
{
    @Test
    public void testParts()
    {
        assertThat(QueuedPath.parse("/v1/statement/queued/20250101_000000_00000_abcde/slug/7"))
                .contains(new QueuedPath(new QueryId("20250101_000000_00000_abcde"), "slug", 7));
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "/v1/statement",
            "/v1/statement/executing/20250101_000000_00000_abcde/slug/7",
            "/v1/statement/queued/20250101_000000_00000_abcde/slug",
            "/v1/statement/queued/20250101_000000_00000_abcde/slug/7/8",
            "/v1/statement/queued/20250101_000000_00000_abcde/slug/seven",
            "/v1/statement/queued/no%20query/slug/7",
            "/ui/v1/statement/queued/20250101_000000_00000_abcde/slug/7",
    })
    public void testOtherPaths(String path)
    {
        assertThat(QueuedPath.parse(path)).isEmpty();
    }
}
