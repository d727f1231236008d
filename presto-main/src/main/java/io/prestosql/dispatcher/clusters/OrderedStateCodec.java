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
package io.prestosql.dispatcher.clusters;

import com.google.inject.Inject;
import io.airlift.json.JsonCodec;
import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.clusters.OrderedFacts.FactCodec;

import java.time.Instant;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * Encodes ordered states for the log as JSON, with the version of the format.
 */
public class OrderedStateCodec
        implements FactCodec<OrderedState>
{
    private static final int CURRENT_FORMAT = 1;

    private final JsonCodec<StoredState> codec;

    @Inject
    public OrderedStateCodec(JsonCodec<StoredState> codec)
    {
        this.codec = requireNonNull(codec, "codec is null");
    }

    public record StoredState(int formatVersion, ClusterState state, String user, Optional<String> address, Instant time)
    {
        public StoredState
        {
            checkArgument(formatVersion == CURRENT_FORMAT, "Unknown format of the state of a cluster: %s; it may come from a newer release", formatVersion);
            requireNonNull(state, "state is null");
            requireNonNull(user, "user is null");
            requireNonNull(address, "address is null");
            requireNonNull(time, "time is null");
        }
    }

    /**
     * Returns a state in which nothing is lost and nothing new starts: an operator may have ordered that.
     */
    @Override
    public Optional<OrderedState> standIn()
    {
        return Optional.of(new OrderedState(ClusterState.DRAINING, "unknown", Optional.empty(), Instant.EPOCH));
    }

    @Override
    public byte[] encode(OrderedState ordered)
    {
        return codec.toJsonBytes(new StoredState(CURRENT_FORMAT, ordered.state(), ordered.user(), ordered.address(), ordered.time()));
    }

    @Override
    public OrderedState decode(byte[] content)
    {
        StoredState stored = codec.fromJson(content);
        return new OrderedState(stored.state(), stored.user(), stored.address(), stored.time());
    }
}
