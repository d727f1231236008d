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
package io.prestosql.history;

import com.google.common.collect.ImmutableList;

import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A part of the history, the latest submission first.
 *
 * @param next where the next part begins; absent at the end
 * @param sql whether this history keeps statements, which can be searched then
 * @param shared whether this is the history of all leaders; otherwise it is that of the present one
 */
public record HistoryPage(List<ShownQuery> queries, Optional<String> next, boolean sql, boolean shared)
{
    public HistoryPage
    {
        queries = ImmutableList.copyOf(queries);
        requireNonNull(next, "next is null");
    }
}
