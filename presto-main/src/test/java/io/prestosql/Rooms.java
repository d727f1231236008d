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
package io.prestosql;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * Lists the rooms, the packages below {@code io.prestosql}, in their order: a room imports only rooms above it.
 * <p>
 * {@link TestRooms} checks the sources, and {@code developer/rooms.md} in {@code presto-docs}, against this list.
 */
public final class Rooms
{
    public static final String ROOT = "io.prestosql";

    public static final List<Room> ROOMS = ImmutableList.of(
            room("node", "who a node is: roles, process, addresses, names of services", only("InternalCommunicationConfig", "ResourceSecurity")),
            room("rpc", "calls from node to node, and what becomes of them", only("BlockedReason", "NodeState", "QueryState", "ResourceSecurity", "RetryPolicy")),
            room("protocol", "what nodes say to each other: values only", only("ErrorLocation", "ExecutionFailureInfo", "HttpRequestSessionContextFactory", "NodeState", "QueryState", "SessionContext")),
            room("discovery", "announcements to several servers, and look-ups at them", only("AllNodes", "InternalNode", "InternalNodeManager")),
            room("selection.core", "which clusters have room, and which query of a group is next: no threads, clock or I/O", only()),
            room("cluster", "a dispatcher's clusters: definitions, files, and what reaches each", only("InternalAuthenticationManager", "InternalCommunicationConfig", "InternalCommunicationModule", "JwtUtil", "SecurityConfig")),
            room("selection", "the policy that says which clusters a query may go to", any()),
            room("selection.rules", "selection of clusters by a file with rules", only()),
            room("selection.gateway", "selection by the rule files and the routing service of Trino Gateway", only("Call", "CallArgument", "Execute", "ExecuteImmediate", "Expression", "Identifier", "PreparedStatementEncoder", "ProtocolConfig", "QualifiedName", "SqlParser", "Statement", "StringLiteral")),
            room("postgresql", "the database: connections and migrations", only()),
            room("querylog", "the elected, durable log, in any store", only("InternalCommunicationConfig")),
            room("querylog.embedded", "the log on the dispatchers' own disks", only("InternalCommunicationConfig")),
            room("querylog.postgresql", "the log in a PostgreSQL database", only()),
            room("queue.core", "the leader's decisions: events and the time in, effects and records out", only("ExecutionFailureInfo", "Failures", "QueryState")),
            room("queue", "the core's driver: its thread, timers, log and codec", only("ExecutionFailureInfo")),
            room("fleet.core", "how a dispatcher follows one coordinator: events and the time in, effects out", only()),
            room("fleet", "a dispatcher's coordinators: who is there, health, load, selection", only("InternalCommunicationHttpClientModule", "NodeState")),
            room("queries", "the queries of the whole cluster: list, find, kill", any()),
            room("catalog", "catalogs that coordinators share, and their pruning", any()),
            room("catalog.postgresql", "shared catalogs in a PostgreSQL database", only()),
            room("memory", "one low-memory decision for all coordinators", any()),
            room("worker", "tasks whose coordinator is gone", any()),
            room("coordinator.core", "what a coordinator obeys, runs and reports: events and the time in, effects out", only("ExecutionFailureInfo", "QueryState")),
            room("coordinator.nodes", "which nodes get a coordinator's tasks", any()),
            room("coordinator", "the queries that a coordinator is assigned: lease, start, runs, reports", any()),
            room("coordinator.system", "system tables and procedures of the whole cluster", any()),
            room("dispatcher.admission", "resource groups, and what follows admission", any()),
            room("dispatcher.leader", "ways to the queue's leader from any dispatcher", only("DispatchExecutor", "DispatchManager", "DispatchQuery", "ExecutionFailureInfo", "HttpRequestSessionContextFactory", "QueryInfo", "QueryTracker", "ResourceSecurity", "SessionContext")),
            room("dispatcher.clusters", "what operators see of the clusters, and their orders", only("DisableHttpCache", "DispatchExecutor", "HttpRequestSessionContextFactory", "NodeState", "ResourceSecurity")),
            room("dispatcher.gateway", "the same under the paths of Trino Gateway", only("DisableHttpCache", "DispatchExecutor", "ResourceSecurity", "ResourceSecurityBinder", "StartupStatus")),
            room("history", "the queries that are over: who ran what where, and how it ended", only("AccessControl", "DisableHttpCache", "HttpRequestSessionContextFactory", "ResourceSecurity", "WebUiConfig")),
            room("history.postgresql", "that history in the PostgreSQL database of the query log", only()),
            room("dispatcher.statement", "the clients' HTTP", any()),
            room("dispatcher.engineless", "what the engine would bind in a process that has none", any()),
            room("operations", "the operators' page and its API", only("AccessControl", "DisableHttpCache", "DispatchExecutor", "HttpRequestSessionContextFactory", "NodeState", "NodeVersion", "ResourceSecurity", "WebUiConfig", "WebUiStaticResource")),
            room("login", "log-ins that any dispatcher can go on with", any()),
            room("ui", "the engine's Web UI, fed from the whole cluster", any()),
            room("server", "the start: which rooms a process has, by its roles", any()));

    /**
     * @param name the package below {@code io.prestosql}
     * @param purpose one line
     * @param internals the simple names of the engine's internal classes that the room may use; empty if it may use any
     */
    public record Room(String name, String purpose, Optional<Set<String>> internals)
    {
        public Room
        {
            requireNonNull(name, "name is null");
            requireNonNull(purpose, "purpose is null");
            internals = internals.map(ImmutableSet::copyOf);
        }

        /**
         * Returns whether this room may import the other one, which must be above it or the same.
         */
        public boolean mayImport(Room other)
        {
            return ROOMS.indexOf(other) <= ROOMS.indexOf(this);
        }

        @Override
        public String toString()
        {
            return name;
        }
    }

    private Rooms() {}

    public static Optional<Room> find(String packageName)
    {
        return ROOMS.stream()
                .filter(room -> packageName.equals(ROOT + "." + room.name()))
                .findFirst();
    }

    public static Room get(String packageName)
    {
        return find(packageName).orElseThrow(() -> new IllegalArgumentException("%s is no room: give it a line in Rooms.ROOMS, below every room that it imports".formatted(packageName)));
    }

    /**
     * Returns the table of {@code rooms.md}.
     */
    static String toMarkdown()
    {
        StringBuilder table = new StringBuilder("""
                | Room | Purpose | May import | May use of the engine, beyond its SPI |
                | --- | --- | --- | --- |
                """);
        for (Room room : ROOMS) {
            List<String> above = ROOMS.subList(0, ROOMS.indexOf(room)).stream()
                    .map(Room::name)
                    .collect(toImmutableList());
            table.append("| `%s` | %s | %s | %s |\n".formatted(
                    room.name(),
                    room.purpose(),
                    above.isEmpty() ? "no other room" : above.size() == 1 ? "`%s`".formatted(above.getFirst()) : "`%s` and all above it".formatted(above.getLast()),
                    room.internals().map(Rooms::describe).orElse("anything")));
        }
        return table.toString();
    }

    private static String describe(Set<String> internals)
    {
        return internals.isEmpty() ? "nothing" : "`" + String.join("`, `", internals) + "`";
    }

    private static Room room(String name, String purpose, Optional<Set<String>> internals)
    {
        return new Room(name, purpose, internals);
    }

    private static Optional<Set<String>> any()
    {
        return Optional.empty();
    }

    private static Optional<Set<String>> only(String... classes)
    {
        Set<String> names = ImmutableSet.copyOf(classes);
        checkArgument(names.size() == classes.length, "a class is named twice");
        return Optional.of(names);
    }
}
