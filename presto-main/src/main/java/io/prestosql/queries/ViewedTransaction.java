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
package io.prestosql.queries;

import com.google.common.collect.ImmutableList;
import io.trino.transaction.TransactionInfo;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * A transaction of one coordinator.
 *
 * @param writtenCatalog the catalog that the transaction has written to, if any
 */
public record ViewedTransaction(
        String transactionId,
        String isolationLevel,
        boolean readOnly,
        boolean autoCommitContext,
        Instant createTime,
        long idleSeconds,
        Optional<String> writtenCatalog,
        List<String> catalogs)
{
    public ViewedTransaction
    {
        requireNonNull(transactionId, "transactionId is null");
        requireNonNull(isolationLevel, "isolationLevel is null");
        requireNonNull(createTime, "createTime is null");
        requireNonNull(writtenCatalog, "writtenCatalog is null");
        catalogs = ImmutableList.copyOf(catalogs);
    }

    public static ViewedTransaction create(TransactionInfo transaction)
    {
        return new ViewedTransaction(
                transaction.getTransactionId().toString(),
                transaction.getIsolationLevel().toString(),
                transaction.isReadOnly(),
                transaction.isAutoCommitContext(),
                Instant.ofEpochMilli(transaction.getCreateTime().getMillis()),
                (long) transaction.getIdleTime().getValue(SECONDS),
                transaction.getWrittenCatalogName(),
                transaction.getCatalogNames());
    }
}
