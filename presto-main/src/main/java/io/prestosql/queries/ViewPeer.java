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
package io.prestosql.queries;

import com.google.common.util.concurrent.ListenableFuture;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.node.ClusterName;

import java.net.ConnectException;
import java.net.URI;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static java.util.Objects.requireNonNull;

/**
 * A coordinator that is asked for its part of the view.
 *
 * @param address its internal address
 * @param client a client with the secret of its cluster
 * @param health whether it answers, as far as this node knows
 */
public record ViewPeer(ClusterName cluster, URI address, ViewClient client, CoordinatorHealth health)
{
    public ViewPeer
    {
        requireNonNull(cluster, "cluster is null");
        requireNonNull(address, "address is null");
        requireNonNull(client, "client is null");
        requireNonNull(health, "health is null");
    }

    /**
     * Asks the coordinator, unless it is known not to answer. The failure then comes at once, and is the one in which the question would end.
     */
    <T> ListenableFuture<T> ask(BiFunction<ViewClient, URI, ListenableFuture<T>> question)
    {
        return switch (health) {
            case UNKNOWN, ANSWERING -> question.apply(client, address);
            case SILENT -> immediateFailedFuture(new TimeoutException("Coordinator at %s does not answer".formatted(address)));
            case GONE -> immediateFailedFuture(new ConnectException("Coordinator at %s is gone".formatted(address)));
        };
    }
}
