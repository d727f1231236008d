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

import com.google.common.collect.ImmutableMap;
import io.trino.SessionRepresentation;
import io.trino.execution.QueryInfo;
import io.trino.server.BasicQueryInfo;

import java.util.Map;

/**
 * Tells event listeners which run of a query an event is about: a query whose coordinator has died may be run again, with the same id.
 */
public final class QueryRun
{
    /** Shown as a property of the session, which the session has not. */
    public static final String PROPERTY = "query_run";

    private QueryRun() {}

    /**
     * @param run 0 for the first run, which is not named
     */
    public static BasicQueryInfo nameIn(BasicQueryInfo info, int run)
    {
        if (run == 0) {
            return info;
        }
        return new BasicQueryInfo(
                info.getQueryId(),
                withRun(info.getSession(), run),
                info.getResourceGroupId(),
                info.getState(),
                info.isScheduled(),
                info.getSelf(),
                info.getQuery(),
                info.getUpdateType(),
                info.getPreparedQuery(),
                info.getQueryStats(),
                info.getErrorType(),
                info.getErrorCode(),
                info.getQueryType(),
                info.getRetryPolicy());
    }

    /**
     * @param run 0 for the first run, which is not named
     */
    public static QueryInfo nameIn(QueryInfo info, int run)
    {
        if (run == 0) {
            return info;
        }
        return new QueryInfo(
                info.getQueryId(),
                withRun(info.getSession(), run),
                info.getState(),
                info.getSelf(),
                info.getFieldNames(),
                info.getQuery(),
                info.getPreparedQuery(),
                info.getQueryStats(),
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

    private static SessionRepresentation withRun(SessionRepresentation session, int run)
    {
        Map<String, String> properties = ImmutableMap.<String, String>builder()
                .putAll(session.getSystemProperties())
                .put(PROPERTY, String.valueOf(run))
                .buildKeepingLast();
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
                properties,
                session.getCatalogProperties(),
                session.getCatalogRoles(),
                session.getPreparedStatements(),
                session.getProtocolName(),
                session.getQueryDataEncoding());
    }
}
