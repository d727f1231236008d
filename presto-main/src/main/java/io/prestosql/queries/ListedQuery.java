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
package io.prestosql.queries;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;

import java.util.Optional;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_ABSENT;
import static java.util.Objects.requireNonNull;

/**
 * A query in a list for clients: the fields of the engine, and one more, which clients of the engine ignore.
 *
 * @param info the engine's description
 * @param cluster the name of the cluster that has the query; left out when none has it, and on a node that knows only its own cluster
 */
public record ListedQuery<T>(@JsonUnwrapped T info, @JsonInclude(NON_ABSENT) Optional<String> cluster)
{
    public ListedQuery
    {
        requireNonNull(info, "info is null");
        requireNonNull(cluster, "cluster is null");
    }
}
