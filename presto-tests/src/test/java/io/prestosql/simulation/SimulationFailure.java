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
package io.prestosql.simulation;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;

import java.util.List;

/**
 * Reports a broken invariant, with the seed and the trace.
 */
final class SimulationFailure
        extends RuntimeException
{
    private final long seed;
    private final String finding;

    SimulationFailure(long seed, RuntimeException finding, List<String> trace)
    {
        super("Seed %s: %s%n%s".formatted(seed, finding.getMessage(), Joiner.on(System.lineSeparator()).join(ImmutableList.copyOf(trace))), finding);
        this.seed = seed;
        this.finding = finding.getMessage();
    }

    long seed()
    {
        return seed;
    }

    String finding()
    {
        return finding;
    }
}
