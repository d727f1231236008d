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
package io.prestosql.dispatcher.admission;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.fleet.Leadership;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.queue.QueueDriver;
import io.trino.spi.QueryId;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import static io.airlift.concurrent.MoreFutures.toListenableFuture;
import static java.util.Objects.requireNonNull;

/**
 * Makes this dispatcher's claims. Each request for a report tells the coordinator that this dispatcher leads, in which epoch, and which
 * queries the coordinator need not keep any longer because the log has their ends.
 */
public class LeaderClaims
        implements Leadership
{
    private final QueueDriver driver;
    private final Map<CoordinatorIncarnation, Set<QueryId>> ended = new HashMap<>();
    private volatile Optional<LeaderTerm> term = Optional.empty();

    @Inject
    public LeaderClaims(QueueDriver driver)
    {
        this.driver = requireNonNull(driver, "driver is null");
    }

    @Override
    public OptionalLong epoch()
    {
        return driver.getEpoch();
    }

    @Override
    public Optional<String> queue()
    {
        return driver.getQueue();
    }

    @Override
    public ListenableFuture<Void> confirm(long epoch)
    {
        return toListenableFuture(driver.confirm(epoch));
    }

    synchronized void ended(CoordinatorIncarnation coordinator, QueryId query)
    {
        ended.computeIfAbsent(coordinator, _ -> new LinkedHashSet<>()).add(query);
    }

    void begin(LeaderTerm term)
    {
        this.term = Optional.of(term);
    }

    /**
     * Forgets all queries, as this dispatcher does not lead any more.
     */
    synchronized void clear()
    {
        term = Optional.empty();
        ended.clear();
    }

    synchronized void lost(CoordinatorIncarnation coordinator)
    {
        ended.remove(coordinator);
    }

    @Override
    public synchronized List<QueryId> recorded(CoordinatorIncarnation coordinator)
    {
        return ImmutableList.copyOf(ended.getOrDefault(coordinator, ImmutableSet.of()));
    }

    @Override
    public List<String> queuedTransactions()
    {
        return term.map(LeaderTerm::queuedTransactions).orElse(ImmutableList.of());
    }

    @Override
    public synchronized void acknowledged(CoordinatorIncarnation coordinator, List<QueryId> queries)
    {
        Set<QueryId> left = ended.get(coordinator);
        if (left != null) {
            queries.forEach(left::remove);
            if (left.isEmpty()) {
                ended.remove(coordinator);
            }
        }
    }
}
