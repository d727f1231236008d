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

import com.google.common.base.Ticker;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * Spares callers a service that has failed several times in a row: they do not ask it for a pause. After each pause one of them tries it.
 */
final class ServiceBreaker
{
    private final int maxFailures;
    private final long pauseNanos;
    private final Ticker ticker;
    private int failures;
    private long pausedUntilNanos;

    /**
     * @param maxFailures how many failures in a row begin a pause
     */
    ServiceBreaker(int maxFailures, long pauseNanos, Ticker ticker)
    {
        checkArgument(maxFailures > 0, "maxFailures is not positive");
        checkArgument(pauseNanos > 0, "pauseNanos is not positive");
        this.maxFailures = maxFailures;
        this.pauseNanos = pauseNanos;
        this.ticker = requireNonNull(ticker, "ticker is null");
    }

    /**
     * Returns whether to ask the service. A caller that does says with the other methods what has come of it.
     */
    synchronized boolean allows()
    {
        if (failures < maxFailures) {
            return true;
        }
        if (ticker.read() - pausedUntilNanos < 0) {
            return false;
        }
        // others wait for what this caller finds
        pausedUntilNanos = ticker.read() + pauseNanos;
        return true;
    }

    synchronized void succeeded()
    {
        failures = 0;
    }

    synchronized void failed()
    {
        failures++;
        if (failures >= maxFailures) {
            pausedUntilNanos = ticker.read() + pauseNanos;
        }
    }

    synchronized boolean isPaused()
    {
        return failures >= maxFailures;
    }
}
