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
import io.prestosql.node.ClusterName;

import java.time.Instant;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * Encodes changes of clusters for the log as JSON, with the version of the format.
 */
public class ClusterChangeCodec
{
    private static final int CURRENT_FORMAT = 1;

    private final JsonCodec<StoredChange> codec;

    @Inject
    public ClusterChangeCodec(JsonCodec<StoredChange> codec)
    {
        this.codec = requireNonNull(codec, "codec is null");
    }

    public record StoredChange(
            int formatVersion,
            Instant time,
            String user,
            Optional<String> address,
            ClusterName cluster,
            ChangedProperty property,
            String oldValue,
            String newValue)
    {
        public StoredChange
        {
            checkArgument(formatVersion == CURRENT_FORMAT, "Unknown format of a change of a cluster: %s; it may come from a newer release", formatVersion);
            requireNonNull(time, "time is null");
            requireNonNull(user, "user is null");
            requireNonNull(address, "address is null");
            requireNonNull(cluster, "cluster is null");
            requireNonNull(property, "property is null");
            requireNonNull(oldValue, "oldValue is null");
            requireNonNull(newValue, "newValue is null");
        }
    }

    byte[] encode(ClusterChange change)
    {
        return codec.toJsonBytes(new StoredChange(
                CURRENT_FORMAT,
                change.time(),
                change.user(),
                change.address(),
                change.cluster(),
                change.property(),
                change.oldValue(),
                change.newValue()));
    }

    /**
     * @throws IllegalArgumentException when a newer release has written it
     */
    ClusterChange decode(byte[] content)
    {
        StoredChange stored = codec.fromJson(content);
        return new ClusterChange(stored.time(), stored.user(), stored.address(), stored.cluster(), stored.property(), stored.oldValue(), stored.newValue());
    }
}
