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
package io.prestosql.selection;

import com.google.common.base.Ticker;
import com.google.inject.Inject;
import io.prestosql.spi.selection.ClusterSelectionException;
import org.weakref.jmx.Managed;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Measures the calls of the policy that selects clusters, also if it is that of a plugin, which has no metrics of its own.
 */
public class SelectionMetrics
{
    private final Ticker ticker;
    private final CallTimes inspections = new CallTimes();
    private final CallTimes selections = new CallTimes();
    private final AtomicLong failedCalls = new AtomicLong();
    private final LongAccumulator slowestNanos = new LongAccumulator(Math::max, 0);

    private static class CallTimes
    {
        private final LongAdder calls = new LongAdder();
        private final LongAdder nanos = new LongAdder();
    }

    @Inject
    public SelectionMetrics()
    {
        this(Ticker.systemTicker());
    }

    SelectionMetrics(Ticker ticker)
    {
        this.ticker = requireNonNull(ticker, "ticker is null");
    }

    <T> T inspection(Supplier<T> call)
    {
        return measure(inspections, call);
    }

    <T> T selection(Supplier<T> call)
    {
        return measure(selections, call);
    }

    private <T> T measure(CallTimes times, Supplier<T> call)
    {
        long start = ticker.read();
        try {
            return call.get();
        }
        catch (ClusterSelectionException e) {
            // that is the policy's answer
            throw e;
        }
        catch (Throwable t) {
            failedCalls.incrementAndGet();
            throw t;
        }
        finally {
            long nanos = ticker.read() - start;
            times.calls.increment();
            times.nanos.add(nanos);
            slowestNanos.accumulate(nanos);
        }
    }

    @Managed(description = "Requests that the policy has looked at when they were submitted")
    public long getInspections()
    {
        return inspections.calls.sum();
    }

    @Managed(description = "Milliseconds that the policy has taken for that, all requests together")
    public long getInspectionMillis()
    {
        return NANOSECONDS.toMillis(inspections.nanos.sum());
    }

    @Managed(description = "Times that the policy has said which clusters a query may go to: once for a query, and again when the rules or the leader change")
    public long getSelections()
    {
        return selections.calls.sum();
    }

    @Managed(description = "Milliseconds that the policy has taken for that, all queries together")
    public long getSelectionMillis()
    {
        return NANOSECONDS.toMillis(selections.nanos.sum());
    }

    @Managed(description = "Calls of the policy that have failed with anything but a refusal; their queries fail")
    public long getFailedCalls()
    {
        return failedCalls.get();
    }

    @Managed(description = "Milliseconds that the slowest call of the policy has taken, since the start")
    public long getSlowestCallMillis()
    {
        return NANOSECONDS.toMillis(slowestNanos.get());
    }
}
