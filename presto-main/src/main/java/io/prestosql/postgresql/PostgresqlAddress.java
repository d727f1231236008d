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
package io.prestosql.postgresql;

import io.airlift.units.Duration;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Where a schema is, and who comes there.
 *
 * @param url {@code jdbc:postgresql://HOST:PORT/DATABASE}, with several {@code HOST:PORT} if the database fails over; the one that takes
 * writes is used unless it says otherwise
 * @param schema made when it is not there
 * @param connectTimeout how long connecting may take
 * @param statementTimeout how long a statement may take, or an open transaction may do nothing
 */
public record PostgresqlAddress(String url, Optional<String> user, Optional<String> password, String schema, Duration connectTimeout, Duration statementTimeout)
{
    public PostgresqlAddress
    {
        requireNonNull(url, "url is null");
        requireNonNull(user, "user is null");
        requireNonNull(password, "password is null");
        requireNonNull(schema, "schema is null");
        requireNonNull(connectTimeout, "connectTimeout is null");
        requireNonNull(statementTimeout, "statementTimeout is null");
    }

    /**
     * Without what may be secret: a password can be in the URL.
     */
    @Override
    public String toString()
    {
        return "schema " + schema;
    }
}
