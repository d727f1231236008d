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
package io.prestosql.queries;

import io.trino.SessionRepresentation;
import io.trino.execution.QueryInfo;
import io.trino.execution.QueryStats;
import io.trino.server.BasicQueryInfo;
import io.trino.server.BasicQueryStats;

import java.util.Map;
import java.util.Optional;

/**
 * Copies the engine's descriptions of a query, with some fields replaced. The engine's classes have only constructors.
 */
final class QueryInfoCopy
{
    private QueryInfoCopy() {}

    static BasicQueryInfo copy(BasicQueryInfo info, SessionRepresentation session, String query, Optional<String> preparedQuery, BasicQueryStats stats)
    {
        return new BasicQueryInfo(
                info.getQueryId(),
                session,
                info.getResourceGroupId(),
                info.getState(),
                info.isScheduled(),
                info.getSelf(),
                query,
                info.getUpdateType(),
                preparedQuery,
                stats,
                info.getErrorType(),
                info.getErrorCode(),
                info.getQueryType(),
                info.getRetryPolicy());
    }

    static QueryInfo copy(QueryInfo info, SessionRepresentation session, String query, Optional<String> preparedQuery, QueryStats stats)
    {
        return new QueryInfo(
                info.getQueryId(),
                session,
                info.getState(),
                info.getSelf(),
                info.getFieldNames(),
                query,
                preparedQuery,
                stats,
                info.getSetCatalog(),
                info.getSetSchema(),
                info.getSetPath(),
                info.getSetAuthorizationUser(),
                info.isResetAuthorizationUser(),
                info.getSetOriginalRoles(),
                info.getSetSessionProperties(),
                info.getResetSessionProperties(),
                info.getSetRoles(),
                info.getAddedPreparedStatements(),
                info.getDeallocatedPreparedStatements(),
                info.getStartedTransactionId(),
                info.isClearTransactionId(),
                info.getUpdateType(),
                info.getOutputStage(),
                info.getFailureInfo(),
                info.getErrorCode(),
                info.getWarnings(),
                info.getInputs(),
                info.getOutput(),
                info.getReferencedTables(),
                info.getRoutines(),
                info.isFinalQueryInfo(),
                info.getResourceGroupId(),
                info.getQueryType(),
                info.getRetryPolicy(),
                info.isPruned(),
                info.getVersion());
    }

    static SessionRepresentation copy(SessionRepresentation session, Map<String, String> systemProperties, Map<String, String> preparedStatements)
    {
        return new SessionRepresentation(
                session.getQueryId(),
                session.getQuerySpan(),
                session.getTransactionId(),
                session.isClientTransactionSupport(),
                session.getUser(),
                session.getOriginalUser(),
                session.getOriginalRoles(),
                session.getGroups(),
                session.getOriginalUserGroups(),
                session.getPrincipal(),
                session.getEnabledRoles(),
                session.getSource(),
                session.getCatalog(),
                session.getSchema(),
                session.getPath(),
                session.getTraceToken(),
                session.getTimeZoneKey(),
                session.getLocale(),
                session.getRemoteUserAddress(),
                session.getUserAgent(),
                session.getClientInfo(),
                session.getClientTags(),
                session.getClientCapabilities(),
                session.getResourceEstimates(),
                session.getStart(),
                systemProperties,
                session.getCatalogProperties(),
                session.getCatalogRoles(),
                preparedStatements,
                session.getProtocolName(),
                session.getQueryDataEncoding());
    }
}
