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
import com.google.common.collect.ImmutableSet;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionQuery.StatementFacts;
import io.prestosql.spi.selection.SelectionRequest;

import java.util.Map;
import java.util.Optional;

import static com.google.common.collect.Maps.transformValues;

/**
 * Requests that clients submit in the tests of this room, and the queries that come of them.
 */
final class Submissions
{
    private Submissions() {}

    static SelectionRequest request(Map<String, String> headers)
    {
        return request("SELECT 1", headers);
    }

    static SelectionRequest request(String statement, Map<String, String> headers)
    {
        return new SelectionRequest(
                statement,
                "alice",
                Optional.of("alice@example.net"),
                "/v1/statement?first=1&second=two%20words&first=3",
                Optional.of("10.0.0.7"),
                transformValues(headers, ImmutableList::of));
    }

    static SelectionQuery query(Map<String, String> requestFacts)
    {
        return new SelectionQuery(
                "alice",
                "alice",
                Optional.empty(),
                ImmutableSet.of(),
                Optional.empty(),
                ImmutableSet.of(),
                Optional.empty(),
                ImmutableMap.of(),
                "global",
                StatementFacts.NONE,
                requestFacts);
    }
}
