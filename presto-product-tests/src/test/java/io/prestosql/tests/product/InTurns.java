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
package io.prestosql.tests.product;

import java.util.List;

/**
 * The order in which benchmarks compare servers on a machine whose speed varies: one after another, in rounds.
 */
final class InTurns
{
    private InTurns() {}

    /**
     * Returns the targets in reverse order in every other round, so that none is always measured after the same other one.
     */
    static <T> List<T> order(List<T> targets, int round)
    {
        return round % 2 == 0 ? targets : targets.reversed();
    }
}
