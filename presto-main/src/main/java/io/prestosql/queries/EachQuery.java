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

import io.airlift.log.Logger;
import io.trino.spi.QueryId;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * Runs a task for each of many queries, repeatedly. A query whose task fails does not keep the others from their turn, and its failure is
 * logged once.
 */
public final class EachQuery
{
    private static final int MAX_LOGGED = 1000;

    private final Logger log;
    private final String doing;
    /** The latest queries whose failures were logged. */
    private final Map<QueryId, Boolean> logged = new LinkedHashMap<>()
    {
        @Override
        protected boolean removeEldestEntry(Map.Entry<QueryId, Boolean> eldest)
        {
            return size() > MAX_LOGGED;
        }
    };

    /**
     * @param doing what the task does, for the log, as in "Error purging query x"
     */
    public EachQuery(Logger log, String doing)
    {
        this.log = requireNonNull(log, "log is null");
        this.doing = requireNonNull(doing, "doing is null");
    }

    public <T> void run(Collection<T> queries, Function<T, QueryId> id, Consumer<T> task)
    {
        for (T query : queries) {
            run(id.apply(query), () -> task.accept(query));
        }
    }

    /**
     * @return whether the task succeeded
     */
    public boolean run(QueryId queryId, Runnable task)
    {
        try {
            task.run();
            return true;
        }
        catch (Throwable t) {
            failed(queryId, t);
            return false;
        }
    }

    /**
     * @param task returns empty to leave a query out
     * @return the results, without the queries whose task failed
     */
    public <T, R> List<R> map(Collection<T> queries, Function<T, QueryId> id, Function<T, Optional<R>> task)
    {
        return queries.stream()
                .flatMap(query -> {
                    try {
                        return task.apply(query).stream();
                    }
                    catch (Throwable t) {
                        failed(id.apply(query), t);
                        return Optional.<R>empty().stream();
                    }
                })
                .collect(toImmutableList());
    }

    private void failed(QueryId queryId, Throwable failure)
    {
        synchronized (logged) {
            if (logged.put(queryId, true) != null) {
                return;
            }
        }
        log.error(failure, "Error %s query %s, which is not told again; other queries are not affected", doing, queryId);
    }
}
