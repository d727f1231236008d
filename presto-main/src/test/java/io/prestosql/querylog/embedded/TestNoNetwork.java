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
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.junit.jupiter.api.Test;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestNoNetwork
{
    @Test
    public void testFoundByItsName()
    {
        assertThat(RpcType.valueOf(new NoNetwork().name())).isInstanceOf(NoNetwork.class);
    }

    @Test
    public void testReachesNoPeer()
            throws Exception
    {
        try (RaftServerRpc rpc = ServerFactory.cast(new NoNetwork().newFactory(new Parameters())).newRaftServerRpc(null)) {
            rpc.start();
            assertThat(rpc.getRpcType()).isInstanceOf(NoNetwork.class);
            // no port is bound
            assertThat(rpc.getInetSocketAddress().isUnresolved()).isTrue();
            assertThatThrownBy(() -> rpc.requestVote(RequestVoteRequestProto.getDefaultInstance()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("This member of the query log is alone");
            assertThatThrownBy(() -> rpc.appendEntries(AppendEntriesRequestProto.getDefaultInstance()))
                    .isInstanceOf(IOException.class);
        }
    }
}
