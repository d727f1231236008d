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
package io.prestosql.fleet;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.SeenReport;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.fleet.core.CoordinatorHealth.GONE;
import static java.util.Objects.requireNonNull;

/**
 * Finds the coordinator that holds a client's transaction. Each coordinator is asked, because a transaction may have begun a moment ago, and
 * the search ends when one says that it has the transaction. A coordinator that takes no new queries still has to take the statements of its
 * transactions, which can go nowhere else.
 */
public class TransactionHolders
{
    private static final long NO_WAIT_MILLIS = 0;

    private final Coordinators coordinators;

    @Inject
    public TransactionHolders(Coordinators coordinators)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
    }

    /**
     * Returns the coordinator that holds the transaction; empty when no coordinator that answers does.
     */
    public ListenableFuture<Optional<CoordinatorLink>> find(String transactionId)
    {
        return transform(search(transactionId), TransactionSearch::holder, directExecutor());
    }

    /**
     * Does the same as {@link #find}, and tells whether it is certain that no coordinator holds the transaction when none is found.
     */
    public ListenableFuture<TransactionSearch> search(String transactionId)
    {
        List<CoordinatorCondition> alive = coordinators.getConditions().stream()
                .filter(condition -> condition.health() != GONE)
                .collect(toImmutableList());
        // a coordinator without a state has not been reached yet
        boolean allReached = !alive.isEmpty() && alive.stream().allMatch(condition -> condition.state().isPresent());
        List<CoordinatorLink> links = coordinators.getLinks();
        if (links.isEmpty()) {
            return immediateFuture(new TransactionSearch(Optional.empty(), allReached));
        }
        Search search = new Search(links.size(), allReached);
        links.forEach(link -> Futures.addCallback(ask(link), search.answerOf(link, transactionId), directExecutor()));
        return search.result;
    }

    private ListenableFuture<CoordinatorReport> ask(CoordinatorLink link)
    {
        return coordinators.client(link.cluster())
                .map(client -> client.getReport(link.uri(), transactionsOf(link)))
                .orElseGet(() -> immediateFailedFuture(new IllegalStateException("Cluster %s was removed".formatted(link.cluster()))));
    }

    /**
     * Asks for a report without a claim, at once, and without queries.
     */
    private static ReportRequest transactionsOf(CoordinatorLink link)
    {
        return new ReportRequest(Optional.empty(), Optional.of(new SeenReport(link.incarnation(), Long.MAX_VALUE)), NO_WAIT_MILLIS, ImmutableList.of(), ImmutableList.of());
    }

    private static final class Search
    {
        private final SettableFuture<TransactionSearch> result = SettableFuture.create();
        private final AtomicInteger outstanding;
        private final AtomicBoolean complete;

        /**
         * @param complete whether no coordinator may hold the transaction but those that are asked
         */
        private Search(int asked, boolean complete)
        {
            this.outstanding = new AtomicInteger(asked);
            this.complete = new AtomicBoolean(complete);
        }

        private FutureCallback<CoordinatorReport> answerOf(CoordinatorLink link, String transactionId)
        {
            return new FutureCallback<>()
            {
                @Override
                public void onSuccess(CoordinatorReport report)
                {
                    if (report.transactions().contains(transactionId)) {
                        result.set(new TransactionSearch(Optional.of(link), true));
                    }
                    answered();
                }

                @Override
                public void onFailure(Throwable failure)
                {
                    complete.set(false);
                    answered();
                }
            };
        }

        private void answered()
        {
            if (outstanding.decrementAndGet() == 0) {
                result.set(new TransactionSearch(Optional.empty(), complete.get()));
            }
        }
    }
}
