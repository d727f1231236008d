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
package io.prestosql.tests;

import com.google.common.collect.ImmutableList;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.fleet.CoordinatorCondition;
import io.prestosql.fleet.Coordinators;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Two dispatchers that do not share a query log, in one cluster.
 */
public class TestTwoQueues
{
    private static final String WARNING = "Two queues want one cluster: coordinator coordinator-1 has a lease from the dispatchers of query log ";

    @Test
    public void testNewcomerTakesNoWork()
            throws Exception
    {
        try (Warnings warnings = new Warnings("io.prestosql.fleet.CoordinatorMonitor", "io.prestosql.coordinator.AssignedQueries");
                TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                        .addDispatchers(2)
                        .doNotStart("dispatcher-2")
                        .addCoordinators(1)
                        .addWorkers(1)
                        .addProperty(COORDINATOR, "coordinator.lease-duration", "3s")
                        .addProperty(DISPATCHER, "dispatcher.coordinator-poll-interval", "200ms")
                        .build();
                TestingClient first = new TestingClient(cluster.getDispatcherUrl());
                RawClient raw = new RawClient()) {
            AssignedQueries coordinator = cluster.getServer("coordinator-1").getInstance(AssignedQueries.class);
            assertThat(first.execute("SELECT 1").onlyValue()).isEqualTo(1);
            String incarnation = coordinator.getIncarnation();

            TestingPrestoServer newcomer = cluster.start("dispatcher-2");
            Coordinators coordinators = newcomer.getInstance(Coordinators.class);
            await().until(() -> coordinators.getConditions().stream().anyMatch(condition -> condition.otherQueue().isPresent()));
            long refused = coordinator.getRefusedOrders();
            await().until(() -> coordinator.getRefusedOrders() >= refused + 3);
            CoordinatorCondition condition = getOnlyElement(coordinators.getConditions());
            assertThat(condition.takesQueries()).isFalse();
            assertThat(condition.otherQueue().orElseThrow()).startsWith("embedded:");
            RawClient.Response answer = raw.post(newcomer.getBaseUrl().resolve("/v1/statement"), "SELECT 2", Map.of("X-Trino-User", "test"));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("No coordinator takes queries at the moment: coordinator coordinator-1 has a lease from the dispatchers of another query log");

            // the first dispatcher is not affected
            assertThat(first.execute("SELECT 3").onlyValue()).isEqualTo(3);
            assertThat(coordinator.getIncarnation()).isEqualTo(incarnation);
            assertThat(warnings.of("io.prestosql.fleet.CoordinatorMonitor")).singleElement().asString().startsWith(WARNING + condition.otherQueue().orElseThrow());
            assertThat(warnings.of("io.prestosql.coordinator.AssignedQueries"))
                    .as("one message on both sides")
                    .isEqualTo(warnings.of("io.prestosql.fleet.CoordinatorMonitor"));

            // after the lease the newcomer may have the coordinator
            cluster.kill("dispatcher-1");
            await().until(() -> coordinators.getAvailableCoordinators() == 1);
            assertThat(coordinator.getIncarnation()).isNotEqualTo(incarnation);
            try (TestingClient second = new TestingClient(newcomer.getBaseUrl())) {
                assertThat(second.execute("SELECT 4").onlyValue()).isEqualTo(4);
            }
        }
    }

    private static class Warnings
            extends Handler
            implements AutoCloseable
    {
        private final List<LogRecord> records = new CopyOnWriteArrayList<>();
        // a logger without a reference is garbage-collected, with its handlers
        private final List<Logger> loggers;

        private Warnings(String... loggers)
        {
            this.loggers = ImmutableList.copyOf(loggers).stream()
                    .map(Logger::getLogger)
                    .collect(toImmutableList());
            this.loggers.forEach(logger -> logger.addHandler(this));
        }

        public List<String> of(String logger)
        {
            return records.stream()
                    .filter(record -> record.getLoggerName().equals(logger) && record.getMessage().startsWith("Two queues"))
                    .map(LogRecord::getMessage)
                    .collect(toImmutableList());
        }

        @Override
        public void publish(LogRecord record)
        {
            records.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close()
        {
            loggers.forEach(logger -> logger.removeHandler(this));
        }
    }
}
