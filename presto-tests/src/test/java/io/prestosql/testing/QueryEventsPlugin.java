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

import com.google.common.collect.ImmutableList;
import io.trino.spi.Plugin;
import io.trino.spi.eventlistener.EventListener;
import io.trino.spi.eventlistener.EventListenerFactory;
import io.trino.spi.eventlistener.QueryCompletedEvent;
import io.trino.spi.eventlistener.QueryCreatedEvent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * An event listener that keeps the query events of all nodes with the plugin.
 */
public final class QueryEventsPlugin
        implements Plugin, AutoCloseable
{
    private static final String NAME = "recording";

    private final List<QueryCreatedEvent> created = new CopyOnWriteArrayList<>();
    private final List<QueryCompletedEvent> completed = new CopyOnWriteArrayList<>();
    private final AtomicInteger heldEvents = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Optional<String> held = Optional.empty();

    /**
     * Returns the value of {@code event-listener.config-files}.
     *
     * @param directory the test's folder
     */
    public static String configuration(Path directory)
    {
        try {
            return Files.writeString(directory.resolve("event-listener.properties"), "event-listener.name=" + NAME).toString();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Iterable<EventListenerFactory> getEventListenerFactories()
    {
        return ImmutableList.of(new EventListenerFactory()
        {
            @Override
            public String getName()
            {
                return NAME;
            }

            @Override
            public EventListener create(Map<String, String> config, EventListenerContext context)
            {
                return new EventListener()
                {
                    @Override
                    public void queryCreated(QueryCreatedEvent event)
                    {
                        created.add(event);
                    }

                    @Override
                    public void queryCompleted(QueryCompletedEvent event)
                    {
                        if (held.equals(Optional.of(event.getMetadata().getQuery()))) {
                            heldEvents.incrementAndGet();
                            awaitDeath();
                            return;
                        }
                        completed.add(event);
                    }
                };
            }
        });
    }

    /**
     * Makes the listener block in the completed event of this statement, as in a node that dies with it. Replaces the statement of an
     * earlier call.
     */
    public void hold(String sql)
    {
        heldEvents.set(0);
        held = Optional.of(sql);
    }

    /**
     * Lets later events pass; blocked ones stay blocked.
     */
    public void holdNoMore()
    {
        held = Optional.empty();
    }

    /**
     * Returns how many nodes are blocked in the held event.
     */
    public int getHeldEvents()
    {
        return heldEvents.get();
    }

    private void awaitDeath()
    {
        try {
            closed.await();
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close()
    {
        closed.countDown();
    }

    /**
     * Returns the query's created events, in the order of arrival.
     */
    public List<QueryCreatedEvent> getCreated(String queryId)
    {
        return created.stream()
                .filter(event -> event.getMetadata().getQueryId().equals(queryId))
                .collect(toImmutableList());
    }

    /**
     * Returns the query's completed events, in the order of arrival.
     */
    public List<QueryCompletedEvent> getCompleted(String queryId)
    {
        return completed.stream()
                .filter(event -> event.getMetadata().getQueryId().equals(queryId))
                .collect(toImmutableList());
    }
}
