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

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;

/**
 * Ratis for a member that is alone: does not listen and sends nothing. A server that no peer calls would cost every start of a dispatcher
 * gRPC, Netty and a key pair.
 */
public final class NoNetwork
        implements RpcType
{
    /**
     * Returns the class name, by which Ratis finds this class.
     */
    @Override
    public String name()
    {
        return NoNetwork.class.getName();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters)
    {
        return new ServerFactory()
        {
            @Override
            public RpcType getRpcType()
            {
                return NoNetwork.this;
            }

            @Override
            public RaftServerRpc newRaftServerRpc(RaftServer server)
            {
                return new UnreachableServer();
            }
        };
    }

    private final class UnreachableServer
            implements RaftServerRpc
    {
        @Override
        public RpcType getRpcType()
        {
            return NoNetwork.this;
        }

        @Override
        public void start() {}

        @Override
        public void close() {}

        /**
         * Returns an address at which no server listens, because Ratis needs an address for each member.
         */
        @Override
        public InetSocketAddress getInetSocketAddress()
        {
            return InetSocketAddress.createUnresolved("127.0.0.1", 1);
        }

        @Override
        public void addRaftPeers(Collection<RaftPeer> peers) {}

        @Override
        public void handleException(RaftPeerId peer, Exception exception, boolean reconnect) {}

        @Override
        public RequestVoteReplyProto requestVote(RequestVoteRequestProto request)
                throws IOException
        {
            throw noPeers();
        }

        @Override
        public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request)
                throws IOException
        {
            throw noPeers();
        }

        @Override
        public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request)
                throws IOException
        {
            throw noPeers();
        }

        @Override
        public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
                throws IOException
        {
            throw noPeers();
        }

        private static IOException noPeers()
        {
            return new IOException("This member of the query log is alone");
        }
    }
}
