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
package io.prestosql.node;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

import static java.util.Locale.ENGLISH;
import static java.util.stream.Collectors.joining;

/**
 * A role of a node in a cluster. A node may have several.
 */
public enum NodeRole
{
    /** Takes queries from clients, holds the queue, and passes the traffic of running queries on to their coordinators. */
    DISPATCHER,
    /** Plans and schedules the queries that a dispatcher gives it. */
    COORDINATOR,
    /** Runs tasks. */
    WORKER;

    public static final String ALLOWED_VALUES = Arrays.stream(values())
            .map(NodeRole::toString)
            .collect(joining(", "));

    /**
     * Returns the role of that name, in upper or lower case.
     */
    public static Optional<NodeRole> fromName(String name)
    {
        return Arrays.stream(values())
                .filter(role -> role.name().equals(name.toUpperCase(Locale.ENGLISH)))
                .findFirst();
    }

    /**
     * Returns the name as it is written in {@code node.role}.
     */
    @Override
    public String toString()
    {
        return name().toLowerCase(ENGLISH);
    }
}
