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
package io.prestosql.dispatcher.admission;

import com.google.inject.Inject;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.trino.tracing.TrinoAttributes;

import static java.util.Objects.requireNonNull;

/**
 * Shows the time in the queue as a span of the query. The leader at that time makes the span when the query leaves the queue.
 */
public class QueueSpans
{
    private final Tracer tracer;

    @Inject
    public QueueSpans(Tracer tracer)
    {
        this.tracer = requireNonNull(tracer, "tracer is null");
    }

    /**
     * Notes that the query is sent to a coordinator, or is over. Only the first call counts.
     */
    void leaves(ClientQuery query)
    {
        if (!query.leaveQueue()) {
            return;
        }
        tracer.spanBuilder("queue")
                .setParent(Context.root().with(query.span()))
                .setStartTimestamp(query.submittedQuery().createTime())
                .setAttribute(TrinoAttributes.QUERY_ID, query.queryId().toString())
                .startSpan()
                .end();
    }
}
