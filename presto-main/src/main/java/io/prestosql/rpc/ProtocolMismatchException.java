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
package io.prestosql.rpc;

import static java.util.Objects.requireNonNull;

/**
 * A node speaks no version of the protocol between nodes that this node speaks. It has not done what the call asked for, and never will.
 */
public class ProtocolMismatchException
        extends CoordinatorCallException
{
    private final String description;

    /**
     * @param other what the node has said that it speaks
     */
    public ProtocolMismatchException(String other, ProtocolVersions own)
    {
        this("speaks %s of the protocol between nodes, and this node %s".formatted(requireNonNull(other, "other is null"), requireNonNull(own, "own is null")));
    }

    private ProtocolMismatchException(String description)
    {
        super(ProtocolVersionFilter.STATUS, "the node " + description);
        this.description = description;
    }

    /**
     * Returns which versions the nodes speak, in words that follow the name of the other node.
     */
    public String description()
    {
        return description;
    }
}
