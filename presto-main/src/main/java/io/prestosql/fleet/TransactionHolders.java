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
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.SeenReport;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.fleet.core.CoordinatorHealth.GONE;
import static java.util.Objects.requireNonNull;

/**
 * Finds the coordinator that holds a client's transaction. Each coordinator is asked, because a transaction may have begun a moment ago. A
 * coordinator that takes no new queries still has to take the statements of its transactions, which can go nowhere else.
 */
public class TransactionHolders
{
    private static final long NO_WAIT_MILLIS = 0;

    private final Coordinators coordinators;
    private final CoordinatorClient client;

    @Inject
    public TransactionHolders(Coordinators coordinators, CoordinatorClient client)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.client = requireNonNull(client, "client is null");
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
        List<ListenableFuture<Optional<CoordinatorLink>>> answers = coordinators.getLinks().stream()
                .map(link -> transform(
                        client.getReport(link.uri(), transactionsOf(link)),
                        report -> holds(report, transactionId) ? Optional.of(link) : Optional.<CoordinatorLink>empty(),
                        directExecutor()))
                .collect(toImmutableList());
        return transform(
                Futures.successfulAsList(answers),
                found -> new TransactionSearch(
                        found.stream()
                                .filter(Objects::nonNull)
                                .flatMap(Optional::stream)
                                .findFirst(),
                        allReached && found.stream().allMatch(Objects::nonNull)),
                directExecutor());
    }

    /**
     * Asks for a report without a claim, at once, and without queries.
     */
    private static ReportRequest transactionsOf(CoordinatorLink link)
    {
        return new ReportRequest(Optional.empty(), Optional.of(new SeenReport(link.incarnation(), Long.MAX_VALUE)), NO_WAIT_MILLIS, ImmutableList.of(), ImmutableList.of());
    }

    private static boolean holds(CoordinatorReport report, String transactionId)
    {
        return report.transactions().contains(transactionId);
    }
}
