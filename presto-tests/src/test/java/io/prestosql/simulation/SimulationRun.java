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

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;

import static java.lang.Math.toIntExact;

/**
 * Runs many simulations, on all processors. As a program, it tries {@code --seeds} seeds, from {@code --from} on, with the sound core or
 * with the {@code --variant} of that name.
 */
public final class SimulationRun
{
    private SimulationRun() {}

    /**
     * @throws SimulationFailure the failure of the lowest failing seed, if any seed fails
     */
    static SimulationResult run(long firstSeed, long count, Variant variant)
    {
        AtomicReference<Optional<Failed>> failed = new AtomicReference<>(Optional.empty());
        SimulationResult result = LongStream.range(firstSeed, firstSeed + count)
                .parallel()
                .mapToObj(seed -> {
                    if (failed.get().map(failure -> failure.seed() < seed).orElse(false)) {
                        return SimulationResult.NOTHING;
                    }
                    try {
                        return Simulation.run(seed, variant);
                    }
                    catch (SimulationFailure e) {
                        failed.accumulateAndGet(Optional.of(new Failed(seed, e)), SimulationRun::lower);
                        return SimulationResult.NOTHING;
                    }
                })
                .reduce(SimulationResult.NOTHING, SimulationResult::add);
        failed.get().ifPresent(failure -> {
            throw failure.failure();
        });
        return result;
    }

    private static Optional<Failed> lower(Optional<Failed> one, Optional<Failed> other)
    {
        return one.isEmpty() || (other.isPresent() && other.get().seed() < one.get().seed()) ? other : one;
    }

    private record Failed(long seed, SimulationFailure failure) {}

    public static void main(String[] arguments)
    {
        long seeds = 10_000;
        long from = 1;
        Variant variant = Variant.SOUND;
        for (int i = 0; i < arguments.length; i += 2) {
            if (i + 1 == arguments.length) {
                usage("%s needs a value".formatted(arguments[i]));
            }
            try {
                switch (arguments[i]) {
                    case "--seeds" -> seeds = Long.parseLong(arguments[i + 1]);
                    case "--from" -> from = Long.parseLong(arguments[i + 1]);
                    case "--variant" -> variant = Variant.valueOf(arguments[i + 1]);
                    default -> usage("Unknown argument: " + arguments[i]);
                }
            }
            catch (IllegalArgumentException e) {
                usage("Bad value of %s: %s".formatted(arguments[i], arguments[i + 1]));
            }
        }
        long start = System.nanoTime();
        try {
            SimulationResult result = run(from, seeds, variant);
            System.out.printf("%s seeds from %s on, %s: no invariant was broken. %s, in %s s%n", seeds, from, variant, result, toIntExact((System.nanoTime() - start) / 1_000_000_000));
        }
        catch (SimulationFailure e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }

    private static void usage(String message)
    {
        System.err.println(message);
        System.err.println("Usage: simulate [--seeds N] [--from SEED] [--variant NAME]");
        System.exit(2);
    }
}
