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

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import static java.util.Objects.requireNonNull;

/**
 * The path of a request about an executing query. It is rebuilt from its parts, and a path with any other part is rejected, so a request that
 * a dispatcher passes on cannot reach other resources of a coordinator.
 *
 * @param queryId the query that the path names
 * @param path the path to ask the query's coordinator for
 * @param methods the HTTP methods that the engine has for the path
 */
record ExecutingPath(QueryId queryId, String path, Set<String> methods)
{
    static final String PREFIX = "/v1/statement/executing/";

    private static final String PARTIAL_CANCEL = "partialCancel";
    private static final Set<String> RESULT_METHODS = ImmutableSet.of("GET", "HEAD", "DELETE");
    private static final Set<String> PARTIAL_CANCEL_METHODS = ImmutableSet.of("DELETE");
    private static final Splitter PATH_SPLITTER = Splitter.on('/');
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+");
    private static final CharMatcher SLUG = CharMatcher.inRange('a', 'z')
            .or(CharMatcher.inRange('A', 'Z'))
            .or(CharMatcher.inRange('0', '9'))
            .or(CharMatcher.anyOf("_-"));

    ExecutingPath
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(path, "path is null");
        methods = ImmutableSet.copyOf(methods);
    }

    /**
     * @param requestUri as it came, not decoded
     * @return empty when the engine has no such path
     */
    static Optional<ExecutingPath> parse(String requestUri)
    {
        if (!requestUri.startsWith(PREFIX)) {
            return Optional.empty();
        }
        List<String> segments = PATH_SPLITTER.splitToStream(requestUri.substring(PREFIX.length()))
                // the engine ignores what follows a semicolon
                .map(ExecutingPath::withoutParameters)
                .toList();
        if (segments.size() > 1 && segments.getLast().isEmpty()) {
            // the engine ignores a slash at the end
            segments = segments.subList(0, segments.size() - 1);
        }
        boolean partialCancel = segments.size() == 5 && segments.getFirst().equals(PARTIAL_CANCEL) && NUMBER.matcher(segments.get(2)).matches();
        if (segments.size() != 3 && !partialCancel) {
            return Optional.empty();
        }
        String slug = segments.get(segments.size() - 2);
        if (slug.isEmpty() || !SLUG.matchesAllOf(slug) || !NUMBER.matcher(segments.getLast()).matches()) {
            return Optional.empty();
        }
        String path = PREFIX + String.join("/", segments);
        return parseQueryId(segments.get(partialCancel ? 1 : 0))
                .map(queryId -> new ExecutingPath(queryId, path, partialCancel ? PARTIAL_CANCEL_METHODS : RESULT_METHODS));
    }

    private static String withoutParameters(String segment)
    {
        int semicolon = segment.indexOf(';');
        return semicolon < 0 ? segment : segment.substring(0, semicolon);
    }

    static Optional<QueryId> parseQueryId(String queryId)
    {
        try {
            return Optional.of(QueryId.valueOf(queryId));
        }
        catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
