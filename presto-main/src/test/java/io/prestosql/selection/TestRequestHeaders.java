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
package io.prestosql.selection;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

public class TestRequestHeaders
{
    @Test
    public void testSecretsAreNotVisible()
    {
        Map<String, List<String>> headers = ImmutableMap.<String, List<String>>builder()
                .put("Authorization", ImmutableList.of("Bearer x"))
                .put("Proxy-Authorization", ImmutableList.of("Basic x"))
                .put("Cookie", ImmutableList.of("session=x"))
                .put("X-Trino-Extra-Credential", ImmutableList.of("token=x"))
                .put("X-Presto-Extra-Credential", ImmutableList.of("token=x"))
                .put("X-Trino-Internal-Bearer", ImmutableList.of("x"))
                .put("X-Trino-User", ImmutableList.of("alice"))
                .put("X-Team", ImmutableList.of("a", "b"))
                .buildOrThrow();
        assertThat(RequestHeaders.visible(headers)).isEqualTo(ImmutableMap.of("X-Trino-User", ImmutableList.of("alice"), "X-Team", ImmutableList.of("a", "b")));
    }
}
