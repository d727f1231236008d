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
package io.prestosql.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;

import static com.google.common.base.Throwables.throwIfUnchecked;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.util.concurrent.Executors.newFixedThreadPool;

/**
 * Starts and ends servers side by side. A part of each start and end is waiting.
 */
final class SideBySide
{
    private static final int STARTS = 2;

    private SideBySide() {}

    /**
     * @param started gets the servers that have started, in the given order, also when others have failed
     */
    static void start(List<TestingPrestoServer.Builder> servers, Consumer<TestingPrestoServer> started)
    {
        run(
                "start",
                STARTS,
                servers.stream()
                        .map(server -> (Callable<TestingPrestoServer>) server::build)
                        .collect(toImmutableList()),
                started);
    }

    /**
     * Ends all servers as if their processes had been killed at the same time.
     */
    static void kill(List<TestingPrestoServer> servers)
    {
        run(
                "kill",
                servers.size(),
                servers.stream()
                        .map(server -> (Callable<TestingPrestoServer>) () -> {
                            server.kill();
                            return server;
                        })
                        .collect(toImmutableList()),
                _ -> {});
    }

    /**
     * Stops servers. The dispatchers, which call others, should be the first.
     */
    static void stop(List<TestingPrestoServer> servers)
    {
        int dispatchers = (int) servers.stream().filter(server -> server.getRoles().roles().contains(DISPATCHER)).count();
        try (ExecutorService executor = newFixedThreadPool(dispatchers + 1, daemonThreadsNamed("cluster-stop-%s"))) {
            servers.forEach(server -> executor.execute(server::close));
        }
    }

    private static void run(String name, int threads, List<Callable<TestingPrestoServer>> calls, Consumer<TestingPrestoServer> consumer)
    {
        try (ExecutorService executor = newFixedThreadPool(Math.max(1, threads), daemonThreadsNamed("cluster-" + name + "-%s"))) {
            List<Future<TestingPrestoServer>> servers = calls.stream()
                    .map(executor::submit)
                    .collect(toImmutableList());
            List<Throwable> failures = new ArrayList<>();
            for (Future<TestingPrestoServer> server : servers) {
                try {
                    consumer.accept(server.get());
                }
                catch (ExecutionException e) {
                    failures.add(e.getCause());
                }
            }
            if (!failures.isEmpty()) {
                throwIfUnchecked(failures.getFirst());
                throw new RuntimeException(failures.getFirst());
            }
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RuntimeException(e);
        }
    }
}
