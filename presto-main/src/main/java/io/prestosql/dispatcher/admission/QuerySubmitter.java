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
package io.prestosql.dispatcher.admission;

import com.google.common.collect.ImmutableSet;
import io.trino.spi.security.BasicPrincipal;
import io.trino.spi.security.Identity;

import java.security.Principal;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * Who has submitted a query, as far as rules say who may see it. It has no credentials.
 */
public record QuerySubmitter(String user, Optional<String> principal, Set<String> groups)
{
    public QuerySubmitter
    {
        requireNonNull(user, "user is null");
        requireNonNull(principal, "principal is null");
        groups = ImmutableSet.copyOf(groups);
    }

    public static QuerySubmitter of(Identity identity)
    {
        return new QuerySubmitter(identity.getUser(), identity.getPrincipal().map(Principal::getName), identity.getGroups());
    }

    public Identity toIdentity()
    {
        return Identity.forUser(user)
                .withPrincipal(principal.map(BasicPrincipal::new))
                .withGroups(groups)
                .build();
    }
}
