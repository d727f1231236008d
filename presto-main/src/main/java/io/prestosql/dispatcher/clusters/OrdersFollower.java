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
import io.airlift.units.Duration;
import io.prestosql.cluster.ClusterFilesConfig;
import io.prestosql.queue.QueueDriver;
import io.trino.dispatcher.DispatchExecutor;
import jakarta.annotation.PostConstruct;

import java.util.concurrent.ScheduledExecutorService;

import static java.util.Objects.requireNonNull;

/**
 * Asks the leader for operators' orders, while this dispatcher does not lead.
 */
public class OrdersFollower
{
    private final RepeatedLeaderCall<OrdersReport> call;
    private final ScheduledExecutorService scheduler;
    private final Duration period;

    @Inject
    public OrdersFollower(
            QueueDriver driver,
            OrderedStates states,
            OrderedDefinitions definitions,
            LastingRecordReaders readers,
            LeaderClustersClient client,
            ClusterFilesConfig config,
            DispatchExecutor executor)
    {
        requireNonNull(states, "states is null");
        requireNonNull(definitions, "definitions is null");
        requireNonNull(readers, "readers is null");
        this.call = new RepeatedLeaderCall<>("asking for orders for clusters", driver, client::getOrders, report -> {
            states.learn(report.epoch(), report.states());
            definitions.learn(report.epoch(), report.definitions());
            readers.learn(report.readers());
        });
        this.scheduler = executor.getScheduledExecutor();
        this.period = config.getRefreshPeriod();
    }

    @PostConstruct
    public void start()
    {
        call.start(scheduler, period);
    }
}
