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
package io.prestosql.memory;

import io.prestosql.memory.LowMemorySimulation.Result;
import io.prestosql.memory.LowMemorySimulation.Variant;
import io.prestosql.simulation.InvariantViolation;
import io.prestosql.testing.TestingTier;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Invariant I7: while a victim is there, no second query is killed, and this does not block workers for ever. A failing seed is in the
 * message, and reproduces the failure.
 */
public class TestLowMemorySimulation
{
    private static final int RUNS = Integer.getInteger("low-memory-simulation.runs", TestingTier.rounds(100, 500));
    private static final long FIRST_SEED = Long.getLong("low-memory-simulation.seed", 1);

    @Test
    public void testInvariants()
    {
        int kills = 0;
        int faults = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
            Result result;
            try {
                result = LowMemorySimulation.run(seed, Variant.NONE);
            }
            catch (RuntimeException e) {
                throw new AssertionError("Seed %s: %s".formatted(seed, e.getMessage()), e);
            }
            kills += result.kills();
            faults += result.crashes() + result.pauses() + result.cuts() + result.elections();
        }
        assertThat(kills).isGreaterThan(RUNS * 15);
        assertThat(faults).isGreaterThan(RUNS * 20);
    }

    @Test
    public void testBrokenVariantsAreFound()
    {
        for (Variant variant : Variant.values()) {
            if (variant != Variant.NONE) {
                assertThat(isFound(variant)).as("%s is found", variant).isTrue();
            }
        }
    }

    private static boolean isFound(Variant variant)
    {
        for (long seed = 1; seed <= 200; seed++) {
            try {
                LowMemorySimulation.run(seed, variant);
            }
            catch (InvariantViolation _) {
                return true;
            }
        }
        return false;
    }
}
