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
package io.prestosql.coordinator;

import com.google.inject.Inject;
import io.trino.transaction.TransactionId;
import io.trino.transaction.TransactionInfo;
import io.trino.transaction.TransactionManager;

import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Keeps transactions from idling out while one of their statements waits in the queue.
 */
public class QueuedTransactions
{
    private final AssignedQueries assignedQueries;
    private final TransactionManager transactionManager;

    @Inject
    public QueuedTransactions(AssignedQueries assignedQueries, TransactionManager transactionManager)
    {
        this.assignedQueries = requireNonNull(assignedQueries, "assignedQueries is null");
        this.transactionManager = requireNonNull(transactionManager, "transactionManager is null");
    }

    /**
     * Restarts the idle time of these transactions. When no leader names them any more, they idle out as usual.
     *
     * @param transactions transactions, possibly of other coordinators
     */
    void keepAlive(List<String> transactions)
    {
        if (transactions.isEmpty()) {
            return;
        }
        // the engine keeps transactions alive in which a query runs
        assignedQueries.forEachWithoutQuery(transactions, transaction -> parse(transaction)
                .flatMap(transactionManager::getTransactionInfoIfExist)
                .filter(info -> info.getIdleTime().toMillis() > 0)
                .map(TransactionInfo::getTransactionId)
                .ifPresent(transactionManager::trySetInactive));
    }

    private static Optional<TransactionId> parse(String transaction)
    {
        try {
            return Optional.of(TransactionId.valueOf(transaction));
        }
        catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
