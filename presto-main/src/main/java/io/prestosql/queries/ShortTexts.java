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
import com.google.common.collect.Maps;
import io.trino.SessionRepresentation;
import io.trino.execution.QueryInfo;
import io.trino.server.BasicQueryInfo;

import java.util.stream.LongStream;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * Cuts the texts of a query where it is shown: its statement, what that executes, and the prepared statements of its session.
 *
 * @param maxCharacters of each
 */
public record ShortTexts(int maxCharacters)
{
    private static final int MIN_CHARACTERS = 100;

    public ShortTexts
    {
        checkArgument(maxCharacters >= MIN_CHARACTERS, "maxCharacters is less than %s", MIN_CHARACTERS);
    }

    /**
     * How long the texts are.
     */
    static LongStream lengths(BasicQueryInfo info)
    {
        return LongStream.concat(
                LongStream.of(info.getQuery().length(), info.getPreparedQuery().map(String::length).orElse(0)),
                info.getSession().getPreparedStatements().values().stream().mapToLong(String::length));
    }

    /**
     * @return the text itself when it is short enough; no half of a surrogate pair is left, as JSON does not take it
     */
    public String apply(String text)
    {
        if (text.length() <= maxCharacters) {
            return text;
        }
        String note = "... (cut: %s characters in all)".formatted(text.length());
        int end = maxCharacters - note.length();
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + note;
    }

    public BasicQueryInfo apply(BasicQueryInfo info)
    {
        if (lengths(info).allMatch(length -> length <= maxCharacters)) {
            return info;
        }
        return new BasicQueryInfo(
                info.getQueryId(),
                apply(info.getSession()),
                info.getResourceGroupId(),
                info.getState(),
                info.isScheduled(),
                info.getSelf(),
                apply(info.getQuery()),
                info.getUpdateType(),
                info.getPreparedQuery().map(this::apply),
                info.getQueryStats(),
                info.getErrorType(),
                info.getErrorCode(),
                info.getQueryType(),
                info.getRetryPolicy());
    }

    public QueryInfo apply(QueryInfo info)
    {
        return new QueryInfo(
                info.getQueryId(),
                apply(info.getSession()),
                info.getState(),
                info.getSelf(),
                info.getFieldNames(),
                apply(info.getQuery()),
                info.getPreparedQuery().map(this::apply),
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

    private SessionRepresentation apply(SessionRepresentation session)
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
                session.getSystemProperties(),
                session.getCatalogProperties(),
                session.getCatalogRoles(),
                ImmutableMap.copyOf(Maps.transformValues(session.getPreparedStatements(), this::apply)),
                session.getProtocolName(),
                session.getQueryDataEncoding());
    }
}
