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
package io.prestosql.tests.product;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ObjectArrays;

import java.net.URI;
import java.util.List;

import static java.util.Objects.requireNonNull;

/**
 * A query whose client stops reading at its first rows, so that it runs until the client goes on. Its rows contain its number.
 */
final class HeldQuery
{
    /** More than one answer holds, so that the query keeps running while its client does not read. */
    private static final int ROWS = 1000;
    private static final long SUM_OF_KEYS = 500_500;

    private final int number;
    private final ProtocolQuery query;

    private HeldQuery(int number, ProtocolQuery query)
    {
        this.number = number;
        this.query = requireNonNull(query, "query is null");
    }

    /**
     * Returns when the query is acknowledged.
     *
     * @param source the source, which selects the resource group
     */
    static HeldQuery submit(LocalCluster cluster, String source, int number)
    {
        return submit(cluster.uri(), source, number);
    }

    /**
     * Returns when that server has acknowledged the query.
     *
     * @param source the source, which selects the resource group
     * @param headers names and values of more headers, alternating
     */
    static HeldQuery submit(URI server, String source, int number, String... headers)
    {
        return new HeldQuery(number, ProtocolQuery.submit(
                server,
                "SELECT c_customer_sk, %s, rpad('', 2300, CAST(c_email_address AS varchar)) FROM tpcds.tiny.customer".formatted(number),
                ObjectArrays.concat(new String[] {"X-Trino-Source", source}, headers, String.class)));
    }

    ProtocolQuery query()
    {
        return query;
    }

    /**
     * Waits for the first rows.
     *
     * @return whether there are any
     */
    boolean hold()
    {
        query.advanceToRows();
        return !query.rows().isEmpty();
    }

    /**
     * Reads the remaining rows.
     *
     * @return whether the rows are the right ones
     */
    boolean finish()
    {
        List<JsonNode> rows = query.readToEnd();
        return rows.size() == ROWS
                && rows.stream().mapToLong(row -> row.get(0).asLong()).sum() == SUM_OF_KEYS
                && rows.stream().allMatch(row -> row.get(1).asInt() == number);
    }
}
