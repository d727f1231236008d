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

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.prestosql.protocol.AuthenticatedUser;
import io.prestosql.queries.QueryRun;
import io.prestosql.queries.SubmissionTime;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEffect;
import io.trino.Session;
import io.trino.Session.SessionBuilder;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.eventlistener.EventListenerConfig;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.metadata.SessionPropertyManager;
import io.trino.server.BasicQueryInfo;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.spi.security.Identity;

import java.io.File;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;

import static io.trino.spi.StandardErrorCode.GENERIC_INTERNAL_ERROR;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MINUTES;

/**
 * Tells event listeners of queries that end in the queue, and of queries whose coordinator is lost before it has told of them. A
 * coordinator's engine tells of the queries that it has had. The queue's core decides which queries are told here.
 */
public class QueueEvents
{
    private static final Logger log = Logger.get(QueueEvents.class);
    /** Where the engine looks for a listener when no file is configured. */
    private static final File ENGINE_DEFAULT = new File("etc/event-listener.properties");

    private final QueuedQueryMonitor monitor;
    private final ShortFailedQueryFactory failedQueryFactory;
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final SessionPropertyManager sessionPropertyManager;
    private final boolean listeners;
    private final Executor executor;
    /** Queries that this process need not tell again when it is elected again: the log may not say yet that it has told of them. */
    private final Cache<QueryId, Boolean> told = CacheBuilder.newBuilder()
            .expireAfterWrite(5, MINUTES)
            .maximumSize(100_000)
            .build();

    @Inject
    public QueueEvents(
            QueuedQueryMonitor monitor,
            ShortFailedQueryFactory failedQueryFactory,
            HttpRequestSessionContextFactory sessionContextFactory,
            SessionPropertyManager sessionPropertyManager,
            EventListenerConfig eventListenerConfig,
            DispatchExecutor dispatchExecutor)
    {
        this.monitor = requireNonNull(monitor, "monitor is null");
        this.failedQueryFactory = requireNonNull(failedQueryFactory, "failedQueryFactory is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.sessionPropertyManager = requireNonNull(sessionPropertyManager, "sessionPropertyManager is null");
        this.listeners = !eventListenerConfig.getEventListenerFiles().isEmpty() || ENGINE_DEFAULT.exists();
        this.executor = dispatchExecutor.getExecutor();
    }

    /**
     * Returns whether this process has any listener.
     */
    boolean hasListeners()
    {
        return listeners;
    }

    /**
     * @return a future that is done when listeners have been called, or cannot be. The log records that then.
     */
    ListenableFuture<Void> tell(LeaderTerm term, ClientQuery query, QueueEffect.Tell order)
    {
        SettableFuture<Void> done = SettableFuture.create();
        // a query that is just being put into the resource groups has more to tell once it is there
        query.created().addListener(() -> {
            try {
                if (told.asMap().putIfAbsent(query.queryId(), true) == null) {
                    tell(term.dispatchManager(), query, order);
                }
            }
            catch (RuntimeException e) {
                log.error(e, "Error telling event listeners of the end of query %s", query.queryId());
            }
            finally {
                done.set(null);
            }
        }, executor);
        return done;
    }

    private void tell(DispatchManager dispatchManager, ClientQuery query, QueueEffect.Tell order)
    {
        Optional<ExecutionFailureInfo> failure = order.end().failure().map(QueryFailure::toExecutionFailure);
        Optional<RemoteDispatchQuery> remote = query.remoteQuery();
        if (remote.isPresent()) {
            monitor.ended(QueryRun.nameIn(remote.get().getBasicQueryInfo(), order.run()), failure, !remote.get().isRegistered());
            return;
        }
        if (dispatchManager.isQueryRegistered(query.queryId())) {
            monitor.ended(dispatchManager.getQueryInfo(query.queryId()), failure, true);
            return;
        }
        monitor.ended(QueryRun.nameIn(createInfo(query, failure), order.run()), failure, !order.dispatched());
    }

    /**
     * Describes a query that the resource groups have never had, or that ended under an earlier leader.
     */
    private BasicQueryInfo createInfo(ClientQuery query, Optional<ExecutionFailureInfo> failure)
    {
        BasicQueryInfo failed = createFailedInfo(query, failure.orElseGet(() -> toFailure(new TrinoException(GENERIC_INTERNAL_ERROR, "The query has finished"))));
        return failure.isPresent() ? failed : finished(failed);
    }

    private static BasicQueryInfo finished(BasicQueryInfo info)
    {
        return new BasicQueryInfo(
                info.getQueryId(),
                info.getSession(),
                info.getResourceGroupId(),
                QueryState.FINISHED,
                info.isScheduled(),
                info.getSelf(),
                info.getQuery(),
                info.getUpdateType(),
                info.getPreparedQuery(),
                info.getQueryStats(),
                null,
                null,
                info.getQueryType(),
                info.getRetryPolicy());
    }

    private BasicQueryInfo createFailedInfo(ClientQuery query, ExecutionFailureInfo reason)
    {
        SubmissionTime time = SubmissionTime.until(Instant.now(), query.submittedQuery().createTime());
        try (Scope _ = time.inContext(Context.root()).makeCurrent()) {
            return failedQueryFactory.createFailedDispatchQuery(
                    createSession(query, time),
                    query.submittedQuery().request().sql(),
                    Optional.empty(),
                    Optional.empty(),
                    reason.toException()).getBasicQueryInfo();
        }
    }

    /**
     * Makes the session from what is known, without checking whether it is allowed.
     */
    private Session createSession(ClientQuery query, SubmissionTime time)
    {
        QueryId queryId = query.queryId();
        SessionBuilder session = Session.builder(sessionPropertyManager)
                .setQueryId(queryId)
                .setStart(time.submitted());
        try {
            SessionContext context = query.sessionContext().orElseGet(() -> query.submittedQuery().request().createSessionContext(sessionContextFactory));
            return session
                    .setIdentity(context.getIdentity())
                    .setOriginalIdentity(context.getOriginalIdentity())
                    .setSource(context.getSource())
                    .setCatalog(context.getCatalog())
                    .setSchema(context.getSchema())
                    .setRemoteUserAddress(context.getRemoteUserAddress())
                    .setUserAgent(context.getUserAgent())
                    .setClientInfo(context.getClientInfo())
                    .setClientTags(context.getClientTags())
                    .setTraceToken(context.getTraceToken())
                    .build();
        }
        catch (RuntimeException e) {
            // the session was valid where the query was submitted, so this dispatcher must be configured differently
            log.debug(e, "The session of query %s is not known", queryId);
            Identity identity = query.submittedQuery().request().user().map(AuthenticatedUser::toIdentity).orElseGet(() -> Identity.ofUser("unknown"));
            return session
                    .setIdentity(identity)
                    .setOriginalIdentity(identity)
                    .build();
        }
    }
}
