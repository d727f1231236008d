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

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.trino.spi.security.BasicPrincipal;
import io.trino.spi.security.Identity;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * The identity that a dispatcher has authenticated, in a form that can be sent to other nodes. A principal arrives as a
 * {@link BasicPrincipal} of the same name.
 */
public record AuthenticatedUser(String user, Set<String> groups, Set<String> enabledRoles, Optional<String> principal, Map<String, String> extraCredentials)
{
    public AuthenticatedUser
    {
        requireNonNull(user, "user is null");
        groups = ImmutableSet.copyOf(groups);
        enabledRoles = ImmutableSet.copyOf(enabledRoles);
        requireNonNull(principal, "principal is null");
        extraCredentials = ImmutableMap.copyOf(extraCredentials);
    }

    public static AuthenticatedUser fromIdentity(Identity identity)
    {
        return new AuthenticatedUser(
                identity.getUser(),
                identity.getGroups(),
                identity.getEnabledRoles(),
                identity.getPrincipal().map(java.security.Principal::getName),
                identity.getExtraCredentials());
    }

    public Identity toIdentity()
    {
        return Identity.forUser(user)
                .withGroups(groups)
                .withEnabledRoles(enabledRoles)
                .withPrincipal(principal.map(BasicPrincipal::new))
                .withExtraCredentials(extraCredentials)
                .build();
    }

    @Override
    public String toString()
    {
        // credentials stay out of logs
        return user;
    }
}
