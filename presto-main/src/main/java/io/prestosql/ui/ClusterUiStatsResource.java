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
package io.prestosql.ui;

import com.google.inject.Inject;
import io.prestosql.queries.ClusterSize;
import io.prestosql.queries.ClusterView;
import io.prestosql.queries.ViewedQuery;
import io.trino.execution.QueryState;
import io.trino.server.BasicQueryInfo;
import io.trino.server.BasicQueryStats;
import io.trino.server.DisableHttpCache;
import io.trino.server.security.ResourceSecurity;
import io.trino.server.ui.ClusterStatsResource.ClusterStats;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;

import java.util.List;

import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.queries.AuthorizedQueries.answer;
import static io.trino.server.security.ResourceSecurity.AccessType.WEB_UI;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Serves the numbers at the top of the engine's UI pages, for the whole cluster.
 */
@Path("/ui/api/stats")
@ResourceSecurity(WEB_UI)
@DisableHttpCache
public class ClusterUiStatsResource
{
    private final ClusterView view;
    private final ClusterSize size;

    @Inject
    public ClusterUiStatsResource(ClusterView view, ClusterSize size)
    {
        this.view = requireNonNull(view, "view is null");
        this.size = requireNonNull(size, "size is null");
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getStats(@Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, transform(view.getQueries(), queries -> answer(queries.map(this::createStats)), directExecutor()), directExecutor());
    }

    private ClusterStats createStats(List<ViewedQuery> queries)
    {
        long running = 0;
        long blocked = 0;
        long queued = 0;
        long drivers = 0;
        double memory = 0;
        long inputRows = 0;
        long inputBytes = 0;
        long cpuSeconds = 0;
        for (ViewedQuery viewed : queries) {
            BasicQueryInfo query = viewed.info();
            BasicQueryStats stats = query.getQueryStats();
            if (query.getState() == QueryState.QUEUED) {
                queued++;
            }
            else if (query.getState() == QueryState.RUNNING && stats.isFullyBlocked()) {
                blocked++;
            }
            else if (query.getState() == QueryState.RUNNING) {
                running++;
            }
            inputRows += stats.getRawInputPositions();
            inputBytes += stats.getRawInputDataSize().toBytes();
            cpuSeconds += Math.round(stats.getTotalCpuTime().getValue(SECONDS));
            if (!query.getState().isDone()) {
                memory += stats.getUserMemoryReservation().toBytes();
                drivers += stats.getRunningDrivers();
            }
        }
        return new ClusterStats(
                running,
                blocked,
                queued,
                size.coordinators(),
                size.workers(),
                drivers,
                size.processors(),
                memory,
                inputRows,
                inputBytes,
                cpuSeconds);
    }
}
