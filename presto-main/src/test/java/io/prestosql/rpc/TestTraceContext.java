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

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import org.junit.jupiter.api.Test;

import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

public class TestTraceContext
{
    private static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    public void testRoundTrip()
    {
        TraceContext context = TraceContext.ofHeaders(Optional.of(TRACEPARENT), Optional.of("vendor=1,other=2")).orElseThrow();
        assertThat(context).isEqualTo(new TraceContext(TRACEPARENT, Optional.of("vendor=1,other=2")));
        SpanContext span = context.toSpan().getSpanContext();
        assertThat(span.getTraceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(span.getSpanId()).isEqualTo("b7ad6b7169203331");
        assertThat(span.isSampled()).isTrue();
        assertThat(span.isRemote()).isTrue();
        assertThat(TraceContext.of(context.toSpan())).contains(context);
    }

    @Test
    public void testNotSampled()
    {
        TraceContext context = TraceContext.ofHeaders(Optional.of(TRACEPARENT.replace("-01", "-00")), Optional.empty()).orElseThrow();
        assertThat(context.toSpan().getSpanContext().isSampled()).isFalse();
    }

    @Test
    public void testNoTrace()
    {
        assertThat(TraceContext.of(Span.getInvalid())).isEmpty();
        assertThat(TraceContext.ofHeaders(Optional.empty(), Optional.of("vendor=1"))).isEmpty();
        // a malformed header is dropped
        assertThat(TraceContext.ofHeaders(Optional.of("x".repeat(100_000)), Optional.empty())).isEmpty();
        assertThat(TraceContext.ofHeaders(Optional.of("00-00000000000000000000000000000000-b7ad6b7169203331-01"), Optional.empty())).isEmpty();
        assertThat(TraceContext.ofHeaders(Optional.of(TRACEPARENT), Optional.of("vendor=" + "x".repeat(100_000)))).contains(new TraceContext(TRACEPARENT, Optional.empty()));
        assertThat(new TraceContext("nonsense", Optional.empty()).toSpan().getSpanContext().isValid()).isFalse();
    }
}
