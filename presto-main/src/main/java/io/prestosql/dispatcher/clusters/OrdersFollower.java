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

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.cluster.ClusterFilesConfig;
import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.QueryLogMember;
import io.trino.dispatcher.DispatchExecutor;
import jakarta.annotation.PostConstruct;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Asks the leader for operators' orders, while this dispatcher does not lead.
 */
public class OrdersFollower
{
    private static final Logger log = Logger.get(OrdersFollower.class);

    private final QueueDriver driver;
    private final OrderedStates states;
    private final OrderedDefinitions definitions;
    private final LeaderClustersClient client;
    private final ScheduledExecutorService scheduler;
    private final long periodMillis;
    private final AtomicBoolean asking = new AtomicBoolean();

    @Inject
    public OrdersFollower(
            QueueDriver driver,
            OrderedStates states,
            OrderedDefinitions definitions,
            LeaderClustersClient client,
            ClusterFilesConfig config,
            DispatchExecutor executor)
    {
        this.driver = requireNonNull(driver, "driver is null");
        this.states = requireNonNull(states, "states is null");
        this.definitions = requireNonNull(definitions, "definitions is null");
        this.client = requireNonNull(client, "client is null");
        this.scheduler = executor.getScheduledExecutor();
        this.periodMillis = config.getRefreshPeriod().toMillis();
    }

    @PostConstruct
    public void start()
    {
        scheduler.scheduleWithFixedDelay(
                () -> {
                    try {
                        ask();
                    }
                    catch (Throwable t) {
                        log.error(t, "Error asking for orders for clusters");
                    }
                },
                periodMillis,
                periodMillis,
                MILLISECONDS);
    }

    private void ask()
    {
        if (driver.getEpoch().isPresent()) {
            return;
        }
        driver.getOtherLeader().map(QueryLogMember::address).ifPresent(leader -> {
            // a later answer must not be overtaken by an earlier one
            if (!asking.compareAndSet(false, true)) {
                return;
            }
            Futures.addCallback(client.getOrders(leader), new FutureCallback<>()
            {
                @Override
                public void onSuccess(OrdersReport report)
                {
                    try {
                        states.learn(report.epoch(), report.states());
                        definitions.learn(report.epoch(), report.definitions());
                    }
                    finally {
                        asking.set(false);
                    }
                }

                @Override
                public void onFailure(Throwable failure)
                {
                    asking.set(false);
                    // it is asked again soon
                    log.debug(failure, "The leader does not tell the orders for clusters");
                }
            }, directExecutor());
        });
    }
}
