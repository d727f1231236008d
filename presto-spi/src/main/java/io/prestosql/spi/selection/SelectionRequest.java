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
package io.prestosql.spi.selection;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import static java.util.Objects.requireNonNull;

/**
 * A client's request that submits a query.
 *
 * @param statement the SQL
 * @param user the session's user
 * @param authenticatedUser the user that the client has proved to be; empty when clients need not log in
 * @param uri the path and query of the request
 * @param remoteAddress the client's address
 * @param headers the request's headers by lower-case name. {@code Authorization}, cookies and extra credentials are never there.
 */
public record SelectionRequest(
        String statement,
        String user,
        Optional<String> authenticatedUser,
        String uri,
        Optional<String> remoteAddress,
        Map<String, List<String>> headers)
{
    public SelectionRequest
    {
        requireNonNull(statement, "statement is null");
        requireNonNull(user, "user is null");
        requireNonNull(authenticatedUser, "authenticatedUser is null");
        requireNonNull(uri, "uri is null");
        requireNonNull(remoteAddress, "remoteAddress is null");
        headers = headers.entrySet().stream().collect(Collectors.toUnmodifiableMap(
                header -> header.getKey().toLowerCase(Locale.ENGLISH),
                header -> List.copyOf(header.getValue())));
    }

    /**
     * Returns the first value of a header.
     */
    public Optional<String> header(String name)
    {
        return headers.getOrDefault(name.toLowerCase(Locale.ENGLISH), List.of()).stream().findFirst();
    }

    @Override
    public String toString()
    {
        // statements and headers stay out of logs
        return "SelectionRequest[user=%s, uri=%s]".formatted(user, uri);
    }
}
