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

import com.google.common.collect.ImmutableList;
import io.airlift.units.Duration;
import org.apache.ratis.protocol.RaftPeer;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * The configuration of the log on this dispatcher: where its data is, which dispatchers keep it, and how they reach each other.
 *
 * @param peers all dispatchers that keep the log, this one included; empty when it keeps the log alone
 * @param bindAddress the address on which this member listens for the other members
 * @param certificate the certificate by which the other members recognize this one; empty when there are none
 */
record MemberSettings(
        String nodeId,
        Path directory,
        List<PeerAddress> peers,
        long peersVersion,
        Optional<String> bindAddress,
        Optional<PeerCertificate> certificate,
        Duration electionTimeout)
{
    MemberSettings
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(directory, "directory is null");
        peers = ImmutableList.copyOf(peers);
        requireNonNull(bindAddress, "bindAddress is null");
        requireNonNull(certificate, "certificate is null");
        requireNonNull(electionTimeout, "electionTimeout is null");
    }

    /**
     * @throws IllegalArgumentException when the properties contradict each other
     */
    static MemberSettings create(EmbeddedQueryLogConfig config, String nodeId, Optional<String> nodeBindAddress, Optional<String> sharedSecret)
    {
        List<PeerAddress> peers = config.getPeers();
        Optional<String> bindAddress;
        Optional<PeerCertificate> certificate;
        if (peers.isEmpty()) {
            bindAddress = Optional.empty();
            certificate = Optional.empty();
        }
        else {
            if (peers.stream().noneMatch(peer -> peer.nodeId().equals(nodeId))) {
                throw new IllegalArgumentException("query-log.peers does not list this dispatcher, whose node.id is %s: it lists %s".formatted(nodeId, peers));
            }
            bindAddress = config.getBindAddress().or(() -> nodeBindAddress);
            certificate = Optional.of(new PeerCertificate(sharedSecret
                    .orElseThrow(() -> new IllegalArgumentException("query-log.peers needs internal-communication.shared-secret, the same on all dispatchers, by which the peers know each other"))));
        }
        return new MemberSettings(
                nodeId,
                config.getDirectory().toPath().toAbsolutePath(),
                peers,
                config.getPeersVersion(),
                bindAddress,
                certificate,
                config.getElectionTimeout());
    }

    boolean isAlone()
    {
        return peers.size() <= 1;
    }

    /**
     * Returns the port on which this member listens for the other members; 0 when there are none.
     */
    int port()
    {
        return peer(nodeId)
                .map(peer -> peer.address().getPort())
                .orElse(0);
    }

    Optional<PeerAddress> peer(String nodeId)
    {
        return peers.stream()
                .filter(peer -> peer.nodeId().equals(nodeId))
                .findFirst();
    }

    /**
     * @param memberId the id of this dispatcher as a member of the group
     */
    List<RaftPeer> members(String memberId)
    {
        return peers.isEmpty() ?
                List.of(RaftPeer.newBuilder().setId(memberId).setAddress("127.0.0.1:1").build()) :
                peers.stream().map(RaftMember::peer).collect(toImmutableList());
    }

    Duration promptTimeout()
    {
        return RaftSettings.promptTimeout(electionTimeout);
    }

    /**
     * Checks that the log in the folder belongs to this dispatcher and to these peers.
     *
     * @return the id of this member of the group
     * @throws IllegalArgumentException when it belongs to another dispatcher or to other peers
     */
    String checkData()
    {
        KnownPeers.check(directory, peersVersion, peers, RaftMember.exists(directory));
        return KnownMember.check(directory, nodeId, peers, peersVersion);
    }
}
