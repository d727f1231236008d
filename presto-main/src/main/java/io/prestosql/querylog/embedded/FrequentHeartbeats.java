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
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

import static java.lang.Math.max;
import static java.lang.Math.min;

/**
 * Ratis over gRPC, with heartbeats that stay frequent when the election time-out is long. By default Ratis sends two per time-out. With a
 * long one, a pause of half of it could then already depose a leader, and the followers would learn late what is committed.
 */
public final class FrequentHeartbeats
        implements RpcType
{
    static final long INTERVAL_MILLIS = 250;

    /**
     * Returns the class name, by which Ratis finds this class.
     */
    @Override
    public String name()
    {
        return FrequentHeartbeats.class.getName();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters)
    {
        return new GrpcFactory(parameters)
        {
            @Override
            public LogAppender newLogAppender(RaftServer.Division server, LeaderState leader, FollowerInfo follower)
            {
                return new FrequentLogAppender(server, leader, follower);
            }
        };
    }

    private static class FrequentLogAppender
            extends GrpcLogAppender
    {
        private FrequentLogAppender(RaftServer.Division server, LeaderState leader, FollowerInfo follower)
        {
            super(server, leader, follower);
        }

        @Override
        public long getHeartbeatWaitTimeMs()
        {
            long sinceAnswer = getFollower().getLastRpcResponseTime().elapsedTimeMs();
            // a follower that does not answer gets heartbeats at most twice as often
            long sinceHeartbeat = getFollower().getLastHeartbeatSendTime().elapsedTimeMs();
            return min(super.getHeartbeatWaitTimeMs(), max(INTERVAL_MILLIS - sinceAnswer, INTERVAL_MILLIS / 2 - sinceHeartbeat));
        }
    }
}
