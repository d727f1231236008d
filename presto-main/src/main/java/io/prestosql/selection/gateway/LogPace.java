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

import java.util.Optional;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MINUTES;

/**
 * Lets one log line a minute through, as what each query causes would otherwise fill the log.
 */
final class LogPace
{
    private static final long INTERVAL_NANOS = MINUTES.toNanos(1);

    private final Ticker ticker;
    private boolean begun;
    private long lastNanos;
    private long kept;

    LogPace(Ticker ticker)
    {
        this.ticker = requireNonNull(ticker, "ticker is null");
    }

    /**
     * @return how many lines were kept back since the last one, if a line is due; empty to keep this one back
     */
    synchronized Optional<Long> next()
    {
        long now = ticker.read();
        if (begun && now - lastNanos < INTERVAL_NANOS) {
            kept++;
            return Optional.empty();
        }
        begun = true;
        lastNanos = now;
        long count = kept;
        kept = 0;
        return Optional.of(count);
    }
}
