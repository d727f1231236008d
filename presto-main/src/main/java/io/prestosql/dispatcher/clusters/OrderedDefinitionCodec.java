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

import com.google.common.collect.ImmutableSortedMap;
import com.google.inject.Inject;
import io.airlift.json.JsonCodec;
import io.prestosql.dispatcher.clusters.OrderedFacts.FactCodec;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * Encodes definitions of clusters for the log as JSON, with the version of the format.
 */
public class OrderedDefinitionCodec
        implements FactCodec<OrderedDefinition>
{
    private static final int CURRENT_FORMAT = 1;

    private final JsonCodec<StoredDefinition> codec;

    @Inject
    public OrderedDefinitionCodec(JsonCodec<StoredDefinition> codec)
    {
        this.codec = requireNonNull(codec, "codec is null");
    }

    public record StoredDefinition(int formatVersion, Map<String, String> properties, String user, Optional<String> address, Instant time)
    {
        public StoredDefinition
        {
            checkArgument(formatVersion == CURRENT_FORMAT, "Unknown format of the definition of a cluster: %s; it may come from a newer release", formatVersion);
            properties = ImmutableSortedMap.copyOf(properties);
            requireNonNull(user, "user is null");
            requireNonNull(address, "address is null");
            requireNonNull(time, "time is null");
        }
    }

    @Override
    public Optional<OrderedDefinition> standIn()
    {
        return Optional.empty();
    }

    @Override
    public byte[] encode(OrderedDefinition definition)
    {
        return codec.toJsonBytes(new StoredDefinition(CURRENT_FORMAT, definition.properties(), definition.user(), definition.address(), definition.time()));
    }

    @Override
    public OrderedDefinition decode(byte[] content)
    {
        StoredDefinition stored = codec.fromJson(content);
        return new OrderedDefinition(stored.properties(), stored.user(), stored.address(), stored.time());
    }
}
