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

import com.google.common.collect.ImmutableSet;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.dispatcher.admission.EndedQuery.SubmittedSession;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.AuthenticatedUser;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.queue.core.QueryEnd;
import io.trino.Session;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import static java.util.Objects.requireNonNull;

/**
 * Tells listeners of the queries that are over. A listener that fails harms neither the queue nor other listeners.
 */
public class EndedQueries
{
    private static final Logger log = Logger.get(EndedQueries.class);

    private final Set<EndedQueryListener> listeners;
    private final HttpRequestSessionContextFactory sessionContextFactory;

    @Inject
    public EndedQueries(Set<EndedQueryListener> listeners, HttpRequestSessionContextFactory sessionContextFactory)
    {
        this.listeners = ImmutableSet.copyOf(listeners);
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
    }

    /**
     * @param endedEarlier whether an earlier leader has ended the query
     */
    void ended(long epoch, ClientQuery query, QueryEnd end, boolean endedEarlier)
    {
        if (listeners.isEmpty()) {
            return;
        }
        try {
            EndedQuery ended = describe(epoch, query, end, endedEarlier);
            listeners.forEach(listener -> listener.ended(ended));
        }
        catch (RuntimeException e) {
            log.error(e, "Error telling that query %s is over", query.queryId());
        }
    }

    private EndedQuery describe(long epoch, ClientQuery query, QueryEnd end, boolean endedEarlier)
    {
        Optional<RemoteDispatchQuery> remote = query.remoteQuery();
        Optional<CoordinatorIncarnation> coordinator = end.coordinator().or(() -> remote.flatMap(RemoteDispatchQuery::coordinator).map(CoordinatorLink::coordinator));
        Instant submitted = query.submittedQuery().createTime();
        return new EndedQuery(
                query.queryId(),
                epoch,
                remote.map(known -> known(known.getSession())).orElseGet(() -> sessionOf(query, endedEarlier)),
                query.submittedQuery().request().sql(),
                remote.map(known -> known.resourceGroup().toString()),
                coordinator,
                end.failure(),
                submitted,
                remote.filter(_ -> coordinator.isPresent()).map(known -> submitted.plus(known.queuedTime().toJavaTime())),
                endedEarlier ? Optional.empty() : Optional.of(Instant.now()));
    }

    private static Supplier<SubmittedSession> known(Session session)
    {
        SubmittedSession known = new SubmittedSession(QuerySubmitter.of(session.getIdentity()), session.getSource());
        return () -> known;
    }

    private Supplier<SubmittedSession> sessionOf(ClientQuery query, boolean endedEarlier)
    {
        Optional<SubmittedSession> known = query.sessionContext().map(EndedQueries::session);
        if (known.isPresent()) {
            return known::get;
        }
        ClientRequest whole = query.submittedQuery().request();
        // a new leader, for which all clients wait, has many that ended earlier, and of these the log has short statements only; others are
        // kept without the statement, as they may be kept for a while
        ClientRequest request = endedEarlier ? whole : whole.withSql("");
        QueryId queryId = query.queryId();
        return () -> {
            try {
                return session(request.createSessionContext(sessionContextFactory));
            }
            catch (RuntimeException e) {
                // the session was valid where the query was submitted, so this dispatcher must be configured differently
                log.debug(e, "The session of query %s is not known", queryId);
                QuerySubmitter submitter = request.user()
                        .map(AuthenticatedUser::toIdentity)
                        .map(QuerySubmitter::of)
                        .orElseGet(() -> new QuerySubmitter("unknown", Optional.empty(), ImmutableSet.of()));
                return new SubmittedSession(submitter, Optional.empty());
            }
        };
    }

    private static SubmittedSession session(SessionContext context)
    {
        return new SubmittedSession(QuerySubmitter.of(context.getIdentity()), context.getSource());
    }
}
