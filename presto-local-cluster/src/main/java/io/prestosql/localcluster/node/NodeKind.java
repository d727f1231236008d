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
package io.prestosql.localcluster.node;

import io.prestosql.localcluster.program.BackgroundProgram;
import io.prestosql.localcluster.program.ProcessSignal;
import io.prestosql.localcluster.program.RunningProcess;

import java.util.Optional;

/**
 * What is the same for all nodes that run the same program: servers, the database, the load balancer.
 */
public interface NodeKind
{
    boolean isKindOf(ClusterNode node);

    /**
     * Returns the name of the node that the process is.
     */
    Optional<String> nodeOf(RunningProcess process);

    /**
     * Returns whether the process is not the node's own, but one that it has started.
     */
    default boolean isChild(RunningProcess process)
    {
        return false;
    }

    /**
     * Returns the signal that makes the program end in an orderly way.
     */
    default ProcessSignal endSignal()
    {
        return ProcessSignal.TERM;
    }

    /**
     * Returns the program that becomes the node's process.
     */
    BackgroundProgram program(ClusterNode node);

    NodeAnswer ask(ClusterNode node);

    /**
     * Returns what others call the node by.
     */
    default String address(ClusterNode node)
    {
        return node.uri().toString();
    }
}
