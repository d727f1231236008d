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
import io.airlift.log.Logger;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.prestosql.protocol.AuthenticatedUser;
import io.prestosql.queries.QueryRun;
import io.prestosql.queries.SubmissionTime;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.trino.Session;
import io.trino.Session.SessionBuilder;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.metadata.SessionPropertyManager;
import io.trino.server.BasicQueryInfo;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;
import io.trino.spi.security.Identity;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;

import static java.util.Objects.requireNonNull;

/**
 * Tells event listeners of the queries that end in the queue: a coordinator's engine tells of those that it has had. So each query is told of
 * once, where it has ended.
 */
public class QueueEvents
{
    private static final Logger log = Logger.get(QueueEvents.class);

    private final QueuedQueryMonitor monitor;
    private final ShortFailedQueryFactory failedQueryFactory;
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final SessionPropertyManager sessionPropertyManager;
    private final Executor executor;

    @Inject
    public QueueEvents(
            QueuedQueryMonitor monitor,
            ShortFailedQueryFactory failedQueryFactory,
            HttpRequestSessionContextFactory sessionContextFactory,
            SessionPropertyManager sessionPropertyManager,
            DispatchExecutor dispatchExecutor)
    {
        this.monitor = requireNonNull(monitor, "monitor is null");
        this.failedQueryFactory = requireNonNull(failedQueryFactory, "failedQueryFactory is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.sessionPropertyManager = requireNonNull(sessionPropertyManager, "sessionPropertyManager is null");
        this.executor = dispatchExecutor.getExecutor();
    }

    /**
     * The query is over for good, which the log has.
     */
    void ended(LeaderTerm term, ClientQuery query, QueryEnd end)
    {
        if (end.failure().isEmpty()) {
            return;
        }
        // one that is just being put into the resource groups has more to tell when it is there
        query.created().addListener(() -> {
            try {
                tell(term.dispatchManager(), query, end, end.failure().get());
            }
            catch (RuntimeException e) {
                log.error(e, "Error telling event listeners of the end of query %s", query.queryId());
            }
        }, executor);
    }

    private void tell(DispatchManager dispatchManager, ClientQuery query, QueryEnd end, QueryFailure failure)
    {
        ExecutionFailureInfo reason = failure.toExecutionFailure();
        Optional<RemoteDispatchQuery> remote = query.remoteQuery();
        if (remote.isPresent()) {
            if (end.coordinator().isEmpty() || remote.get().isUnregistered()) {
                monitor.ended(QueryRun.nameIn(remote.get().getBasicQueryInfo(), remote.get().run()), reason, !remote.get().isRegistered());
            }
            return;
        }
        if (end.coordinator().isPresent()) {
            return;
        }
        BasicQueryInfo info = dispatchManager.isQueryRegistered(query.queryId())
                ? dispatchManager.getQueryInfo(query.queryId())
                : createInfo(query, reason);
        monitor.ended(info, reason, true);
    }

    /**
     * Of a query that the resource groups have never had.
     */
    private BasicQueryInfo createInfo(ClientQuery query, ExecutionFailureInfo reason)
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
     * What is known of the session without asking whether it may be.
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
            // it was all right where it was submitted, so this dispatcher must be configured in another way
            log.debug(e, "The session of query %s is not known", queryId);
            Identity identity = query.submittedQuery().request().user().map(AuthenticatedUser::toIdentity).orElseGet(() -> Identity.ofUser("unknown"));
            return session
                    .setIdentity(identity)
                    .setOriginalIdentity(identity)
                    .build();
        }
    }
}
