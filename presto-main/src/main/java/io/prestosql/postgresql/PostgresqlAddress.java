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
 * The address of a schema, and the credentials and time-outs for it.
 *
 * @param url {@code jdbc:postgresql://HOST:PORT/DATABASE}, with several {@code HOST:PORT} if the database fails over. Unless the URL says
 * otherwise, the server that takes writes is used.
 * @param schema created when it does not exist
 * @param connectTimeout how long connecting may take
 * @param statementTimeout how long a statement may take, or an open transaction may be idle
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
     * Leaves out everything that may be secret: the URL may contain a password.
     */
    @Override
    public String toString()
    {
        return "schema " + schema;
    }
}
