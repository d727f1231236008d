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

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.util.Objects.requireNonNull;

/**
 * The path of a spooled segment. It names no query, so any coordinator can serve it.
 *
 * @param path the path to ask a coordinator for
 */
record SegmentPath(String path)
{
    static final String PREFIX = "/v1/spooled/";

    /** Identifiers are Base64 for URLs. Clients may encode the padding. */
    private static final Pattern PATTERN = Pattern.compile(PREFIX + "(?:download|ack)/(?:[A-Za-z0-9_=-]|%3[Dd])+");

    SegmentPath
    {
        requireNonNull(path, "path is null");
    }

    /**
     * @param requestUri as it came, not decoded
     * @return empty when the engine has no such path
     */
    static Optional<SegmentPath> parse(String requestUri)
    {
        Matcher matcher = PATTERN.matcher(requestUri);
        return matcher.matches() ? Optional.of(new SegmentPath(requestUri)) : Optional.empty();
    }
}
