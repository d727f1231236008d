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
package io.prestosql.dispatcher.gateway;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.clusters.ClusterReport;
import io.prestosql.dispatcher.clusters.ClustersReport;
import io.prestosql.dispatcher.clusters.LeaderClusters;
import io.prestosql.rpc.Refusal;
import io.prestosql.rpc.RetryLater;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.DisableHttpCache;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Response;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Shows the clusters to scripts that do not log in to Trino Gateway. {@code gateway-api.public} says whether they have to log in here, so
 * that {@link GatewayApiModule} binds the access, and no annotation gives it.
 */
@Path("/api/public/backends")
@DisableHttpCache
public class PublicBackendResource
{
    private final LeaderClusters clusters;
    private final Executor executor;

    @Inject
    public PublicBackendResource(LeaderClusters clusters, DispatchExecutor executor)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.executor = executor.getExecutor();
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getBackends(@Suspended AsyncResponse asyncResponse)
    {
        ListenableFuture<List<Backend>> backends = FluentFuture.from(clusters.report()).transform(Backend::allOf, directExecutor());
        bindAsyncResponse(asyncResponse, backends, executor);
    }

    @GET
    @Path("{name}")
    @Produces(APPLICATION_JSON)
    public void getBackend(@PathParam("name") String name, @Suspended AsyncResponse asyncResponse)
    {
        ListenableFuture<Response> response = FluentFuture.from(clusters.report())
                .transform(report -> ofCluster(name, report, Backend::of), directExecutor());
        bindAsyncResponse(asyncResponse, response, executor);
    }

    @GET
    @Path("{name}/state")
    @Produces(APPLICATION_JSON)
    public void getState(@PathParam("name") String name, @Suspended AsyncResponse asyncResponse)
    {
        ListenableFuture<Response> response = FluentFuture.from(clusters.report())
                .transform(
                        report -> {
                            if (report.leader().isEmpty()) {
                                return RetryLater.response("No dispatcher that leads the queue answers, so it is not known what the clusters run");
                            }
                            return ofCluster(name, report, BackendState::of);
                        },
                        directExecutor());
        bindAsyncResponse(asyncResponse, response, executor);
    }

    private static Response ofCluster(String name, ClustersReport report, Function<ClusterReport, Object> answer)
    {
        return report.find(name)
                .filter(cluster -> !cluster.removed())
                .map(cluster -> Response.ok(answer.apply(cluster)).build())
                .orElseGet(() -> Refusal.response(404, "There is no cluster '%s'".formatted(name)));
    }
}
