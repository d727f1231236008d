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
package io.prestosql.protocol;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.prestosql.rpc.TraceContext;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_EMPTY;
import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The parts of a submission that have to outlive a dispatcher, so that another one can dispatch the query and answer its client.
 *
 * @param formatVersion the version of this record's format
 * @param request the client's request
 * @param slugKey the secret from which the URIs of the queued query are made
 * @param createTime when the client submitted the query
 * @param traceContext the query's span, which continues the client's trace
 * @param requestFacts what the selection of clusters has to know of the request's headers; left out when there is nothing
 */
public record SubmittedQuery(
        int formatVersion,
        ClientRequest request,
        byte[] slugKey,
        Instant createTime,
        Optional<TraceContext> traceContext,
        @JsonInclude(NON_EMPTY) Map<String, String> requestFacts)
{
    public static final int CURRENT_FORMAT = 1;

    /** The length, in characters, to which a longer statement is cut when its query is over. */
    public static final int CONDENSED_LENGTH = 4096;
    private static final int CONDENSED_HEADER_LENGTH = 256;

    public SubmittedQuery
    {
        checkArgument(formatVersion == CURRENT_FORMAT, "Unknown format of a submitted query: %s", formatVersion);
        requireNonNull(request, "request is null");
        requireNonNull(slugKey, "slugKey is null");
        requireNonNull(createTime, "createTime is null");
        requireNonNull(traceContext, "traceContext is null");
        requestFacts = requestFacts == null ? ImmutableMap.of() : ImmutableMap.copyOf(requestFacts);
    }

    public SubmittedQuery(ClientRequest request, QuerySlug slug, Instant createTime, Optional<TraceContext> traceContext)
    {
        this(CURRENT_FORMAT, request, slug.key(), createTime, traceContext, ImmutableMap.of());
    }

    public SubmittedQuery withRequestFacts(Map<String, String> requestFacts)
    {
        return new SubmittedQuery(formatVersion, request, slugKey, createTime, traceContext, requestFacts);
    }

    /**
     * Cuts a longer statement to this length. Keeps one more character rather than split a surrogate pair, as JSON cannot hold half of one.
     */
    public SubmittedQuery withSqlOfAtMost(int characters)
    {
        String sql = request.sql();
        if (sql.length() <= characters) {
            return this;
        }
        boolean split = Character.isHighSurrogate(sql.charAt(characters - 1)) && Character.isLowSurrogate(sql.charAt(characters));
        return new SubmittedQuery(formatVersion, request.withSql(sql.substring(0, split ? characters + 1 : characters)), slugKey, createTime, traceContext, requestFacts);
    }

    /**
     * Returns the number of characters of the statement and the headers; the headers include prepared statements.
     */
    public long textLength()
    {
        return request.sql().length() + request.headers().values().stream()
                .flatMap(List::stream)
                .mapToLong(String::length)
                .sum();
    }

    /**
     * Returns the part that is kept of a query that is over: the beginning of its statement, and no long headers.
     */
    public SubmittedQuery condensed()
    {
        if (textLength() <= CONDENSED_LENGTH) {
            return this;
        }
        SubmittedQuery shortened = withSqlOfAtMost(CONDENSED_LENGTH);
        return new SubmittedQuery(
                formatVersion,
                new ClientRequest(
                        shortened.request().sql(),
                        Maps.filterValues(request.headers(), values -> values.stream().mapToInt(String::length).sum() <= CONDENSED_HEADER_LENGTH),
                        request.remoteAddress(),
                        request.user()),
                slugKey,
                createTime,
                traceContext,
                ImmutableMap.of());
    }

    @JsonIgnore
    public QuerySlug slug()
    {
        return new QuerySlug(slugKey);
    }

    @Override
    public String toString()
    {
        return "SubmittedQuery[request=%s, createTime=%s]".formatted(request, createTime);
    }
}
