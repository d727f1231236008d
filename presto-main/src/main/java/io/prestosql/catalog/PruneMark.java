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
package io.prestosql.catalog;

import java.util.UUID;

import static java.util.Objects.requireNonNull;

/**
 * A moment in the life of a node.
 *
 * @param process identifies the process of the node: marks of an earlier process are not valid in a later one
 * @param number number of the mark, which grows within a process
 */
public record PruneMark(UUID process, long number)
{
    public PruneMark
    {
        requireNonNull(process, "process is null");
    }
}
