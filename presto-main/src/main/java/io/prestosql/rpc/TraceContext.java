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
package io.prestosql.rpc;

import com.google.common.collect.ImmutableSet;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A span in the form of the W3C trace context, from which another process can continue the trace.
 *
 * @param traceparent the header of that name; a malformed one begins no trace
 * @param tracestate the header of that name, if there is one
 */
public record TraceContext(String traceparent, Optional<String> tracestate)
{
    public static final String TRACEPARENT = "traceparent";
    public static final String TRACESTATE = "tracestate";

    private static final W3CTraceContextPropagator PROPAGATOR = W3CTraceContextPropagator.getInstance();

    public TraceContext
    {
        requireNonNull(traceparent, "traceparent is null");
        requireNonNull(tracestate, "tracestate is null");
    }

    /**
     * @return empty when the span belongs to no trace
     */
    public static Optional<TraceContext> of(Span span)
    {
        Map<String, String> headers = new HashMap<>();
        PROPAGATOR.inject(Context.root().with(span), headers, (carrier, name, value) -> carrier.put(name, value));
        return Optional.ofNullable(headers.get(TRACEPARENT))
                .map(traceparent -> new TraceContext(traceparent, Optional.ofNullable(headers.get(TRACESTATE))));
    }

    /**
     * Returns the context that a client has sent, for a process that makes no spans.
     *
     * @return empty when there is no trace, or no well-formed one
     */
    public static Optional<TraceContext> ofHeaders(Optional<String> traceparent, Optional<String> tracestate)
    {
        return traceparent.flatMap(parent -> of(new TraceContext(parent, tracestate).toSpan()));
    }

    /**
     * Like {@link #toSpan}; returns an invalid span if there is no context.
     */
    public static Span toSpan(Optional<TraceContext> context)
    {
        return context.map(known -> known.toSpan()).orElseGet(Span::getInvalid);
    }

    /**
     * Returns the span, which is recorded elsewhere: nothing can be added to it here, and ending it does nothing.
     */
    public Span toSpan()
    {
        return Span.fromContext(PROPAGATOR.extract(Context.root(), this, new Getter()));
    }

    private static class Getter
            implements TextMapGetter<TraceContext>
    {
        @Override
        public Iterable<String> keys(TraceContext carrier)
        {
            return ImmutableSet.of(TRACEPARENT, TRACESTATE);
        }

        @Override
        public String get(TraceContext carrier, String key)
        {
            return switch (key) {
                case TRACEPARENT -> carrier.traceparent();
                case TRACESTATE -> carrier.tracestate().orElse(null);
                default -> null;
            };
        }
    }
}
