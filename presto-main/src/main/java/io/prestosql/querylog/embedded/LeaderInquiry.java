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

import io.airlift.log.Logger;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.client.GrpcClientRpc;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupInfoReply;
import org.apache.ratis.protocol.GroupInfoRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Asks other members when they last heard from their leader. Every Ratis server answers this for its groups, including servers of our
 * earlier releases.
 */
final class LeaderInquiry
        implements Closeable
{
    private static final Logger log = Logger.get(LeaderInquiry.class);

    private final RaftGroupId group;
    private final ClientId clientId;
    private final GrpcClientRpc client;
    private final AtomicLong nextCallId = new AtomicLong(1);

    LeaderInquiry(String memberId, RaftGroupId group, Collection<RaftPeer> addresses, RaftProperties properties, Parameters parameters)
    {
        this.group = requireNonNull(group, "group is null");
        this.clientId = clientId(memberId);
        this.client = new GrpcFactory(parameters).newRaftClientRpc(clientId, properties);
        client.addRaftPeers(addresses);
    }

    /**
     * Returns the id by which the other members recognize the asking member.
     */
    static ClientId clientId(String memberId)
    {
        return ClientId.valueOf(UUID.nameUUIDFromBytes(memberId.getBytes(UTF_8)));
    }

    /**
     * @throws UncheckedIOException when the member does not answer
     */
    LeaderSighting ask(String member)
    {
        RaftPeerId peer = RaftPeerId.valueOf(member);
        try {
            GroupInfoReply reply = (GroupInfoReply) client.sendRequest(new GroupInfoRequest(clientId, peer, group, nextCallId.getAndIncrement()));
            RoleInfoProto role = reply.getRoleInfoProto();
            return new LeaderSighting(member, role.getRole() == RaftPeerRole.LEADER || role.getRole() == RaftPeerRole.CANDIDATE, heardNanosAgo(role));
        }
        catch (IOException | RuntimeException e) {
            // gRPC waits ever longer before it connects again
            client.handleException(peer, e, true);
            throw e instanceof IOException cause ? new UncheckedIOException(cause) : (RuntimeException) e;
        }
    }

    /**
     * Returns how long ago the member heard from its leader, which may be itself; empty when it knows none.
     */
    static OptionalLong heardNanosAgo(RoleInfoProto role)
    {
        ServerRpcProto leader = role.getFollowerInfo().getLeaderInfo();
        return switch (role.getRole()) {
            case LEADER -> OptionalLong.of(0);
            case FOLLOWER, LISTENER -> leader.getId().getId().isEmpty() ? OptionalLong.empty() : OptionalLong.of(MILLISECONDS.toNanos(leader.getLastRpcElapsedTimeMs()));
            default -> OptionalLong.empty();
        };
    }

    @Override
    public void close()
    {
        try {
            client.close();
        }
        catch (RuntimeException e) {
            log.warn(e, "Could not close the connections to the other members properly");
        }
    }
}
