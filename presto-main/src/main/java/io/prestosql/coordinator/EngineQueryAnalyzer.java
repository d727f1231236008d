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

import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.opentelemetry.api.trace.Span;
import io.prestosql.protocol.AnalysisRequest;
import io.trino.Session;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryPreparer;
import io.trino.execution.QueryPreparer.PreparedQuery;
import io.trino.execution.querystats.PlanOptimizersStatsCollector;
import io.trino.execution.warnings.WarningCollector;
import io.trino.metadata.Metadata;
import io.trino.security.AccessControl;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.server.SessionPropertyDefaults;
import io.trino.server.SessionSupplier;
import io.trino.spi.QueryId;
import io.trino.sql.SessionPropertyResolver;
import io.trino.sql.analyzer.AnalyzerFactory;
import io.trino.sql.tree.Statement;
import io.trino.transaction.TransactionId;
import io.trino.transaction.TransactionManager;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

import static io.airlift.concurrent.MoreFutures.addExceptionCallback;
import static io.trino.execution.ParameterExtractor.bindParameters;
import static io.trino.spi.ErrorType.USER_ERROR;
import static io.trino.util.Failures.toFailure;
import static io.trino.util.StatementUtils.getQueryType;
import static io.trino.util.StatementUtils.isDataDefinitionStatement;
import static io.trino.util.StatementUtils.isTransactionControlStatement;
import static java.util.Objects.requireNonNull;

/**
 * Does what the engine does with a query between its submission and its start, in a separate transaction that is always rolled back. No
 * query is registered, and no event is sent.
 * <p>
 * Statements that the engine analyses only when it executes them, such as {@code DROP TABLE}, have only their sessions checked.
 */
public class EngineQueryAnalyzer
        implements QueryAnalyzer
{
    private static final Logger log = Logger.get(EngineQueryAnalyzer.class);
    private static final int NO_RULE_STATS = 0;

    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final SessionSupplier sessionSupplier;
    private final SessionPropertyDefaults sessionPropertyDefaults;
    private final SessionPropertyResolver sessionPropertyResolver;
    private final QueryPreparer queryPreparer;
    private final AnalyzerFactory analyzerFactory;
    private final TransactionManager transactionManager;
    private final AccessControl accessControl;
    private final Metadata metadata;
    private final AtomicLong analyses = new AtomicLong();

    @Inject
    public EngineQueryAnalyzer(
            HttpRequestSessionContextFactory sessionContextFactory,
            SessionSupplier sessionSupplier,
            SessionPropertyDefaults sessionPropertyDefaults,
            SessionPropertyResolver sessionPropertyResolver,
            QueryPreparer queryPreparer,
            AnalyzerFactory analyzerFactory,
            TransactionManager transactionManager,
            AccessControl accessControl,
            Metadata metadata)
    {
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.sessionSupplier = requireNonNull(sessionSupplier, "sessionSupplier is null");
        this.sessionPropertyDefaults = requireNonNull(sessionPropertyDefaults, "sessionPropertyDefaults is null");
        this.sessionPropertyResolver = requireNonNull(sessionPropertyResolver, "sessionPropertyResolver is null");
        this.queryPreparer = requireNonNull(queryPreparer, "queryPreparer is null");
        this.analyzerFactory = requireNonNull(analyzerFactory, "analyzerFactory is null");
        this.transactionManager = requireNonNull(transactionManager, "transactionManager is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.metadata = requireNonNull(metadata, "metadata is null");
    }

    @Override
    public Optional<ExecutionFailureInfo> analyze(QueryId queryId, AnalysisRequest request)
    {
        try {
            check(analysisId(queryId), request);
            return Optional.empty();
        }
        catch (StackOverflowError _) {
            // the query may start in a thread with a larger stack
            return Optional.empty();
        }
        catch (RuntimeException e) {
            ExecutionFailureInfo failure = toFailure(e);
            if (failure.getErrorCode().getType() == USER_ERROR) {
                return Optional.of(failure);
            }
            log.debug(e, "Query %s cannot be analysed while it is queued", queryId);
            return Optional.empty();
        }
    }

    /**
     * Returns a unique id. The engine and connectors keep state by query id, which must not collide with that of the query itself or of
     * another analysis.
     */
    private QueryId analysisId(QueryId queryId)
    {
        return new QueryId("%s_analysis_%s".formatted(queryId, analyses.incrementAndGet()));
    }

    private void check(QueryId analysisId, AnalysisRequest request)
    {
        SessionContext context = request.request().createSessionContext(sessionContextFactory);
        Session session = sessionSupplier.createSession(analysisId, Span.getInvalid(), context);
        PreparedQuery query = queryPreparer.prepareQuery(session, request.request().sql());
        Statement statement = query.getStatement();
        if (isTransactionControlStatement(statement)) {
            return;
        }
        if (context.getTransactionId().isPresent()) {
            checkTransaction(context.getTransactionId().get());
            return;
        }
        session = sessionPropertyDefaults.newSessionWithDefaultProperties(session, getQueryType(statement).map(Enum::name), request.resourceGroupId());
        // not read-only: in a read-only transaction, the engine refuses to read where an INSERT would write
        TransactionId transactionId = transactionManager.beginTransaction(true);
        try {
            session = session.beginTransactionId(transactionId, transactionManager, accessControl);
            session = sessionPropertyResolver.getSessionPropertiesApplier(query).apply(session);
            metadata.beginQuery(session);
            checkStatement(session, query);
        }
        finally {
            end(session, transactionId);
        }
    }

    private void checkStatement(Session session, PreparedQuery query)
    {
        Statement statement = query.getStatement();
        if (isDataDefinitionStatement(statement.getClass())) {
            return;
        }
        analyzerFactory.createAnalyzer(
                        session,
                        query.getParameters(),
                        bindParameters(statement, query.getParameters()),
                        WarningCollector.NOOP,
                        new PlanOptimizersStatsCollector(NO_RULE_STATS))
                .analyze(statement);
    }

    private void end(Session session, TransactionId transactionId)
    {
        try {
            metadata.cleanupQuery(session);
        }
        catch (RuntimeException e) {
            log.warn(e, "Error cleaning up the analysis %s", session.getQueryId());
        }
        addExceptionCallback(transactionManager.asyncAbort(transactionId), failure -> log.warn(failure, "Error rolling back the analysis %s", session.getQueryId()));
    }

    /**
     * Checks that the client's transaction has not failed. Nothing is read in it, because a statement may be running in it.
     */
    private void checkTransaction(TransactionId transactionId)
    {
        transactionManager.getTransactionInfo(transactionId).getActiveCatalogs().stream()
                .findFirst()
                // returns metadata that the transaction already has, or throws if the transaction has failed
                .ifPresent(catalog -> transactionManager.getCatalogMetadata(transactionId, catalog));
    }
}
