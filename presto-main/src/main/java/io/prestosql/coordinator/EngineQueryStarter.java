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
package io.prestosql.coordinator;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.rpc.TraceContext;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQuery;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.tracing.TrinoAttributes;
import jakarta.ws.rs.BadRequestException;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.trino.spi.StandardErrorCode.GENERIC_USER_ERROR;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;

/**
 * Passes assigned queries to the coordinator's own dispatch manager, from which they reach {@link AssignedResourceGroupManager}.
 */
public class EngineQueryStarter
        implements QueryStarter
{
    private final DispatchManager dispatchManager;
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final Tracer tracer;
    private final Executor executor;

    @Inject
    EngineQueryStarter(
            DispatchManager dispatchManager,
            HttpRequestSessionContextFactory sessionContextFactory,
            Tracer tracer,
            DispatchExecutor dispatchExecutor)
    {
        this.dispatchManager = requireNonNull(dispatchManager, "dispatchManager is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.tracer = requireNonNull(tracer, "tracer is null");
        this.executor = dispatchExecutor.getExecutor();
    }

    @Override
    public boolean isKnown(QueryId queryId)
    {
        return dispatchManager.isQueryRegistered(queryId);
    }

    @Override
    public void start(AssignedQuery query, ClientRequest request, Optional<TraceContext> traceContext, Consumer<AssignedQuery> changed)
    {
        SessionContext sessionContext;
        try {
            sessionContext = request.createSessionContext(sessionContextFactory);
        }
        catch (BadRequestException e) {
            // the dispatcher has checked the headers with the same parser, so this node's configuration must differ
            fail(query, new TrinoException(GENERIC_USER_ERROR, e.getMessage(), e), changed);
            return;
        }
        catch (RuntimeException e) {
            fail(query, e, changed);
            return;
        }

        Span querySpan = tracer.spanBuilder("query")
                .setParent(traceContext.map(parent -> Context.root().with(parent.toSpan())).orElseGet(Context::current))
                .setAttribute(TrinoAttributes.QUERY_ID, query.queryId().toString())
                .startSpan();
        ListenableFuture<Void> created;
        try (Scope _ = query.inContext(Context.current()).makeCurrent()) {
            created = dispatchManager.createQuery(query.queryId(), querySpan, query.slug(), sessionContext, request.sql());
        }
        catch (RuntimeException e) {
            fail(query, e, changed);
            return;
        }
        created.addListener(() -> watch(query, changed), executor);
    }

    private static void fail(AssignedQuery query, RuntimeException failure, Consumer<AssignedQuery> changed)
    {
        query.setFailure(toFailure(failure));
        changed.accept(query);
        query.started().set(null);
    }

    private void watch(AssignedQuery query, Consumer<AssignedQuery> changed)
    {
        DispatchQuery execution = dispatchManager.getQuery(query.queryId());
        query.setExecution(execution);
        execution.addStateChangeListener(_ -> changed.accept(query));
        dispatchManager.waitForDispatched(query.queryId()).addListener(
                () -> {
                    query.setStartSeen();
                    changed.accept(query);
                    query.started().set(null);
                },
                directExecutor());
    }
}
