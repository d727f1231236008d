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
package io.prestosql.dispatcher;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.cluster.Leadership;
import io.prestosql.queue.CoordinatorProcess;
import io.prestosql.queue.QueueLeadership;
import io.trino.spi.QueryId;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

import static io.airlift.concurrent.MoreFutures.toListenableFuture;
import static java.util.Objects.requireNonNull;

/**
 * Leadership by a log that is not read again: what has ended need not be kept by coordinators for a later leader.
 */
public class LogLeadership
        implements Leadership
{
    private final QueueLeadership leadership;
    private final Map<CoordinatorProcess, Set<QueryId>> ended = new HashMap<>();

    @Inject
    public LogLeadership(QueueLeadership leadership)
    {
        this.leadership = requireNonNull(leadership, "leadership is null");
    }

    @Override
    public OptionalLong epoch()
    {
        return leadership.getEpoch();
    }

    @Override
    public ListenableFuture<Void> confirm(long epoch)
    {
        return toListenableFuture(leadership.confirm(epoch));
    }

    synchronized void ended(CoordinatorProcess coordinator, List<QueryId> queries)
    {
        if (!queries.isEmpty()) {
            ended.computeIfAbsent(coordinator, _ -> new LinkedHashSet<>()).addAll(queries);
        }
    }

    synchronized void lost(CoordinatorProcess coordinator)
    {
        ended.remove(coordinator);
    }

    @Override
    public synchronized List<QueryId> recorded(CoordinatorProcess coordinator)
    {
        return ImmutableList.copyOf(ended.getOrDefault(coordinator, ImmutableSet.of()));
    }

    @Override
    public synchronized void acknowledged(CoordinatorProcess coordinator, List<QueryId> queries)
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
