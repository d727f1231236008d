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
package io.prestosql.localcluster.command;

import io.prestosql.localcluster.cluster.NodeProcess;
import io.prestosql.localcluster.cluster.NodeStatus;
import io.prestosql.localcluster.report.Messages;

import java.util.List;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * The nodes as a table.
 */
final class NodeTable
{
    private static final int MIN_NAME_WIDTH = 16;
    private static final String ROW = " %-32s %8s  %s";
    private static final String ROW_WITH_STATE = " %-32s %8s  %-24s %s";

    private NodeTable() {}

    static void print(List<NodeProcess> nodes, Messages messages)
    {
        String row = name(nodes) + ROW;
        messages.print(row.formatted("NODE", "ROLE", "PID", "ADDRESS"));
        for (NodeProcess process : nodes) {
            messages.print(row.formatted(process.node().name(), process.node().roleList(), pid(process), process.address()));
        }
    }

    static void printWithStates(List<NodeStatus> nodes, Messages messages)
    {
        String row = name(nodes.stream().map(NodeStatus::process).collect(toImmutableList())) + ROW_WITH_STATE;
        messages.print(row.formatted("NODE", "ROLE", "PID", "ADDRESS", "STATE"));
        for (NodeStatus status : nodes) {
            NodeProcess process = status.process();
            messages.print(row.formatted(process.node().name(), process.node().roleList(), pid(process), process.address(), status.state()));
        }
    }

    /**
     * Returns the format of the first column.
     */
    private static String name(List<NodeProcess> nodes)
    {
        return "%-" + nodes.stream().mapToInt(process -> process.node().name().length()).reduce(MIN_NAME_WIDTH, Math::max) + "s";
    }

    private static String pid(NodeProcess process)
    {
        return process.pid().isPresent() ? String.valueOf(process.pid().getAsLong()) : "-";
    }
}
