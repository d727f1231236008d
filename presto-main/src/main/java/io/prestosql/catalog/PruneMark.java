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
 * A moment of a node.
 *
 * @param process tells apart the processes of a node: marks of an earlier one mean nothing to a later one
 * @param number of the process; grows
 */
public record PruneMark(UUID process, long number)
{
    public PruneMark
    {
        requireNonNull(process, "process is null");
    }
}
