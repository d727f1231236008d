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

import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import io.prestosql.testing.TestingTier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;
import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

@Execution(CONCURRENT)
public class TestSimulation
{
    private static final Logger log = Logger.get(TestSimulation.class);
    private static final long SEEDS = TestingTier.rounds(2000, 5000);
    private static final long SEEDS_TO_FIND_A_FAULT = 500;
    /** The seeds that found the faults which are hard to find. They save the search, as long as the same seed still tells the same story. */
    private static final Map<Variant, Long> LAST_FOUND = ImmutableMap.<Variant, Long>builder()
            .put(Variant.SKIP_FENCING, 140L)
            .put(Variant.MISS_ROOM, 88L)
            .put(Variant.CLAIM_FOR_ANY_CLUSTER, 58L)
            .put(Variant.NO_TOMBSTONE, 85L)
            .put(Variant.RENEW_UNCONFIRMED, 487L)
            .put(Variant.RENEW_FROM_NOW, 141L)
            .buildOrThrow();

    @Test
    public void testInvariantsHold()
    {
        SimulationResult result = SimulationRun.run(1, SEEDS, Variant.SOUND);
        log.info("%s seeds: %s", SEEDS, result);
        // the result proves something only if enough has happened
        assertThat(result.acknowledged()).isEqualTo(result.finished() + result.failed());
        assertThat(result.finished()).isGreaterThan(result.acknowledged() / 2);
        assertThat(result.failed()).isGreaterThan(result.acknowledged() / 20);
        assertThat(result.reruns()).isGreaterThan(SEEDS / 50);
        assertThat(result.placesGivenBack()).isGreaterThan(SEEDS / 50);
        assertThat(result.overtakings()).isGreaterThan(SEEDS);
    }

    @Test
    public void testSeedTellsTheSameStoryAgain()
    {
        assertThat(Simulation.run(7, Variant.SOUND)).isEqualTo(Simulation.run(7, Variant.SOUND));
    }

    @ParameterizedTest
    @EnumSource(value = Variant.class, names = "SOUND", mode = EXCLUDE)
    public void testFaultIsFound(Variant variant)
    {
        assertThatThrownBy(() -> {
            SimulationRun.run(LAST_FOUND.getOrDefault(variant, 1L), 1, variant);
            SimulationRun.run(1, SEEDS_TO_FIND_A_FAULT, variant);
        })
                .isInstanceOfSatisfying(SimulationFailure.class, failure -> log.info("%s: seed %s: %s", variant, failure.seed(), failure.finding()))
                .hasMessageStartingWith("Seed ")
                .hasMessageContaining("leads in epoch");
    }
}
