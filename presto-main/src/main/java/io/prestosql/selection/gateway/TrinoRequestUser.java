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
package io.prestosql.selection.gateway;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A query's user as rules see it: {@code trinoRequestUser}, with the methods of Trino Gateway's class of that name.
 */
public final class TrinoRequestUser
{
    private final String user;

    TrinoRequestUser(String user)
    {
        this.user = requireNonNull(user, "user is null");
    }

    /**
     * Returns the user, who is always known here.
     */
    public Optional<String> getUser()
    {
        return Optional.of(user);
    }

    /**
     * Returns nothing: tokens are not exchanged for more about the user.
     */
    public Optional<Object> getUserInfo()
    {
        return Optional.empty();
    }

    public boolean userExistsAndEquals(String testUser)
    {
        return user.equals(testUser);
    }
}
