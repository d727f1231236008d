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

import com.google.common.base.Splitter;

import java.net.URI;
import java.util.List;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The coordinator process that a task belongs to. The process sends this in a header of every request that it makes for a task.
 *
 * @param processId differs from that of every other process, including earlier and later ones of the same node
 * @param address the address at which that process listens, and no other one at the same time
 * @param leaseMillis how long the process keeps its queries without hearing from a leading dispatcher
 */
public record TaskOwner(String nodeId, String processId, URI address, long leaseMillis)
{
    /** Begins like the engine's own internal headers, which are dropped from clients' requests. */
    public static final String HEADER = "X-Trino-Internal-Task-Owner";

    private static final char SEPARATOR = ';';
    private static final Splitter SPLITTER = Splitter.on(SEPARATOR).limit(4);

    public TaskOwner
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(processId, "processId is null");
        requireNonNull(address, "address is null");
        checkArgument(nodeId.indexOf(SEPARATOR) < 0, "nodeId has a %s: %s", SEPARATOR, nodeId);
        checkArgument(processId.indexOf(SEPARATOR) < 0, "processId has a %s: %s", SEPARATOR, processId);
        checkArgument(leaseMillis > 0, "leaseMillis is not positive");
    }

    public String toHeader()
    {
        return nodeId + SEPARATOR + processId + SEPARATOR + leaseMillis + SEPARATOR + address;
    }

    /**
     * Returns the owner; empty when {@link #toHeader} has not made the header.
     */
    public static Optional<TaskOwner> fromHeader(String header)
    {
        List<String> parts = SPLITTER.splitToList(header);
        if (parts.size() != 4) {
            return Optional.empty();
        }
        try {
            return Optional.of(new TaskOwner(parts.get(0), parts.get(1), URI.create(parts.get(3)), Long.parseLong(parts.get(2))));
        }
        catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    @Override
    public String toString()
    {
        return "%s at %s".formatted(nodeId, address);
    }
}
