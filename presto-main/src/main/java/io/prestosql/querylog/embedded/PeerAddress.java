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
package io.prestosql.querylog.embedded;

import com.google.common.net.HostAndPort;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.util.Objects.requireNonNull;

/**
 * A member of the log's group: the node id of a dispatcher, and the address at which its log listens.
 */
public record PeerAddress(String nodeId, HostAndPort address)
{
    private static final Pattern NODE_ID = Pattern.compile("[A-Za-z0-9][_A-Za-z0-9-]*");
    private static final Pattern PEER = Pattern.compile("([^@]*)@(.*)");

    public PeerAddress
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(address, "address is null");
        if (!isNodeId(nodeId)) {
            throw new IllegalArgumentException("'%s' is no node id".formatted(nodeId));
        }
        if (address.getHost().isEmpty() || !address.hasPort() || address.getPort() == 0) {
            throw new IllegalArgumentException("'%s' is not a host and a port".formatted(address));
        }
    }

    static boolean isNodeId(String nodeId)
    {
        return NODE_ID.matcher(nodeId).matches();
    }

    /**
     * @param value {@code nodeId@host:port}, with an IPv6 address in brackets
     */
    public static PeerAddress parse(String value)
    {
        Matcher matcher = PEER.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'%s' is not of the form nodeId@host:port".formatted(value));
        }
        try {
            return new PeerAddress(matcher.group(1), HostAndPort.fromString(matcher.group(2)));
        }
        catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'%s' is not of the form nodeId@host:port: %s".formatted(value, e.getMessage()), e);
        }
    }

    @Override
    public String toString()
    {
        return nodeId + "@" + address;
    }
}
