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
package io.prestosql.login;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.Optional;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_ABSENT;
import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The outcome of a log-in with OAuth2: a token for the client, or an error.
 */
@JsonInclude(NON_ABSENT)
public record TokenOutcome(Optional<String> token, Optional<String> error)
{
    public TokenOutcome
    {
        requireNonNull(token, "token is null");
        requireNonNull(error, "error is null");
        checkArgument(token.isPresent() != error.isPresent(), "either a token or an error");
    }

    public static TokenOutcome token(String token)
    {
        return new TokenOutcome(Optional.of(token), Optional.empty());
    }

    public static TokenOutcome error(String error)
    {
        return new TokenOutcome(Optional.empty(), Optional.of(error));
    }

    /**
     * Leaves out the token, so that it gets into no log.
     */
    @Override
    public String toString()
    {
        return error.map("error: %s"::formatted).orElse("a token");
    }
}
