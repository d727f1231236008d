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

import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.GroupInfoRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The network between members. It silently drops messages to and from a member that is cut off, as when a machine stops.
 */
final class PeerNetwork
{
    private record Link(String from, String to) {}

    private final Set<String> cutOff = ConcurrentHashMap.newKeySet();
    private final Set<Link> cut = ConcurrentHashMap.newKeySet();
    /** Node ids, by the names under which members send. */
    private final Map<String, String> members = new ConcurrentHashMap<>();

    void pause(String nodeId)
    {
        cutOff.add(nodeId);
    }

    void resume(String nodeId)
    {
        cutOff.remove(nodeId);
    }

    /**
     * Drops the messages between two members, in both directions.
     */
    void cut(String nodeId, String otherNodeId)
    {
        cut.add(new Link(nodeId, otherNodeId));
        cut.add(new Link(otherNodeId, nodeId));
    }

    GrpcServices.Customizer of(String nodeId)
    {
        members.put(nodeId, nodeId);
        members.put(LeaderInquiry.clientId(nodeId).toByteString().toStringUtf8(), nodeId);
        return (builder, _) -> builder.intercept(new Loss(nodeId));
    }

    private class Loss
            implements ServerInterceptor
    {
        private final String nodeId;

        private Loss(String nodeId)
        {
            this.nodeId = nodeId;
        }

        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next)
        {
            // the sender of the whole stream
            String[] sender = new String[1];
            ServerCall<Q, A> answers = new SimpleForwardingServerCall<>(call)
            {
                @Override
                public void sendMessage(A message)
                {
                    if (!isLost(sender[0])) {
                        super.sendMessage(message);
                    }
                }
            };
            return new SimpleForwardingServerCallListener<>(next.startCall(answers, headers))
            {
                @Override
                public void onMessage(Q message)
                {
                    request(message).ifPresent(request -> sender[0] = request.getRequestorId().toStringUtf8());
                    if (isLost(sender[0])) {
                        call.request(1);
                    }
                    else {
                        super.onMessage(message);
                    }
                }
            };
        }

        private boolean isLost(String sender)
        {
            String member = sender == null ? null : members.get(sender);
            return cutOff.contains(nodeId) || (member != null && (cutOff.contains(member) || cut.contains(new Link(member, nodeId))));
        }

        private static Optional<RaftRpcRequestProto> request(Object message)
        {
            return Optional.ofNullable(switch (message) {
                case AppendEntriesRequestProto request -> request.getServerRequest();
                case RequestVoteRequestProto request -> request.getServerRequest();
                case InstallSnapshotRequestProto request -> request.getServerRequest();
                case StartLeaderElectionRequestProto request -> request.getServerRequest();
                case ReadIndexRequestProto request -> request.getServerRequest();
                case GroupInfoRequestProto request -> request.getRpcRequest();
                default -> null;
            });
        }
    }
}
