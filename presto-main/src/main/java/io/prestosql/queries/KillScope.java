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
import com.google.inject.Inject;
import io.prestosql.discovery.DispatcherAddresses;
import io.trino.spi.QueryId;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;

import static com.google.common.net.MediaType.PLAIN_TEXT_UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Says which queries a coordinator may stop for its clients. The nodes of a cluster with a secret of its own may stop only the queries that
 * run there: they act as no user towards dispatchers, and pass on no credentials of clients. A query that runs, such as {@code CALL
 * system.runtime.kill_query}, may stop others, as the dispatchers know its user; but nothing vouches for the user of a client's request.
 */
public class KillScope
{
    private static final int MISDIRECTED_REQUEST = 421;

    private final KillByQueryClient dispatchers;
    private final DispatcherAddresses addresses;

    @Inject
    public KillScope(KillByQueryClient dispatchers, DispatcherAddresses addresses)
    {
        this.dispatchers = requireNonNull(dispatchers, "dispatchers is null");
        this.addresses = requireNonNull(addresses, "addresses is null");
    }

    /**
     * Returns whether this coordinator may stop only the queries that run in its cluster, as far as a dispatcher says.
     */
    ListenableFuture<Boolean> isOwnCluster()
    {
        return dispatchers.isLimitedToOwnCluster();
    }

    WebApplicationException refusal(QueryId queryId)
    {
        return new WebApplicationException(Response.status(MISDIRECTED_REQUEST)
                .type(PLAIN_TEXT_UTF_8.toString())
                .entity("This coordinator cannot stop query %s: it may stop only queries that run in its own cluster. The dispatchers take such requests: %s".formatted(queryId, addresses.whereToSend()))
                .build());
    }
}
