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

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

public class TestSegmentPath
{
    @ParameterizedTest
    @ValueSource(strings = {
            "/v1/spooled/download/AZaz09_-==",
            "/v1/spooled/download/AZaz09_-%3D%3d",
            "/v1/spooled/ack/AZaz09_-==",
    })
    public void testSegments(String path)
    {
        assertThat(SegmentPath.parse(path)).contains(new SegmentPath(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "/v1/spooled/",
            "/v1/spooled/download/",
            "/v1/spooled/download/..",
            "/v1/spooled/download/%2e%2e",
            "/v1/spooled/download/a/b",
            "/v1/spooled/download/../../service",
            "/v1/spooled/other/a",
            "/v1/spooled/download/a|b",
    })
    public void testOthers(String path)
    {
        assertThat(SegmentPath.parse(path)).isEmpty();
    }
}
