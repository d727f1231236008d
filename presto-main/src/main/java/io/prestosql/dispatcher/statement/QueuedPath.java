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
package io.prestosql.dispatcher.statement;

import com.google.common.base.Splitter;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The path at which a client asks for its queued query.
 */
record QueuedPath(QueryId queryId, String slug, long token)
{
    private static final String PREFIX = "/v1/statement/queued/";
    private static final Splitter PATH_SPLITTER = Splitter.on('/');

    QueuedPath
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(slug, "slug is null");
    }

    /**
     * @param requestUri as it came, not decoded
     * @return empty for any other path
     */
    static Optional<QueuedPath> parse(String requestUri)
    {
        if (!requestUri.startsWith(PREFIX)) {
            return Optional.empty();
        }
        List<String> segments = PATH_SPLITTER.splitToList(requestUri.substring(PREFIX.length()));
        if (segments.size() != 3) {
            return Optional.empty();
        }
        return parseToken(segments.get(2))
                .flatMap(token -> ExecutingPath.parseQueryId(segments.getFirst())
                        .map(queryId -> new QueuedPath(queryId, segments.get(1), token)));
    }

    private static Optional<Long> parseToken(String token)
    {
        try {
            return Optional.of(Long.parseLong(token));
        }
        catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
