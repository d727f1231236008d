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

/**
 * The nodes as a table.
 */
final class NodeTable
{
    private static final String ROW = "%-16s %-32s %8s  %s";
    private static final String ROW_WITH_STATE = "%-16s %-32s %8s  %-24s %s";

    private NodeTable() {}

    static void print(List<NodeProcess> nodes, Messages messages)
    {
        messages.print(ROW.formatted("NODE", "ROLE", "PID", "ADDRESS"));
        for (NodeProcess process : nodes) {
            messages.print(ROW.formatted(process.node().name(), process.node().roleList(), pid(process), process.address()));
        }
    }

    static void printWithStates(List<NodeStatus> nodes, Messages messages)
    {
        messages.print(ROW_WITH_STATE.formatted("NODE", "ROLE", "PID", "ADDRESS", "STATE"));
        for (NodeStatus status : nodes) {
            NodeProcess process = status.process();
            messages.print(ROW_WITH_STATE.formatted(process.node().name(), process.node().roleList(), pid(process), process.address(), status.state()));
        }
    }

    private static String pid(NodeProcess process)
    {
        return process.pid().isPresent() ? String.valueOf(process.pid().getAsLong()) : "-";
    }
}
