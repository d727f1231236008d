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
package io.prestosql.history;

import com.google.common.collect.ImmutableSet;
import io.prestosql.dispatcher.admission.EndedQuery;
import io.prestosql.dispatcher.admission.EndedQuery.SubmittedSession;
import io.prestosql.dispatcher.admission.QuerySubmitter;
import io.prestosql.history.PastQuery.PastError;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.trino.spi.QueryId;

import java.time.Instant;
import java.util.Optional;

/**
 * Makes queries that are over.
 */
public final class PastQueryFixture
{
    public static final Instant TIME = Instant.parse("2026-12-01T07:00:00.123456Z");

    private PastQueryFixture() {}

    public static QuerySubmitter submitter(String user)
    {
        return new QuerySubmitter(user, Optional.of("principal of " + user), ImmutableSet.of("staff", "group of " + user));
    }

    /**
     * Makes a finished query of cluster a.
     *
     * @param second when it was submitted
     */
    public static PastQuery query(String id, String user, int second)
    {
        return query(id, user, second, 1, Optional.of(TIME.plusSeconds(second + 5)));
    }

    public static PastQuery query(String id, String user, int second, long epoch, Optional<Instant> ended)
    {
        return new PastQuery(
                id,
                epoch,
                submitter(user),
                Optional.of("cli"),
                Optional.of("global.adhoc"),
                Optional.of("a"),
                Optional.of("coordinator-1"),
                PastState.FINISHED,
                Optional.empty(),
                TIME.plusSeconds(second),
                Optional.of(TIME.plusSeconds(second + 1)),
                ended,
                Optional.empty());
    }

    /**
     * Makes a query that failed before it came to any cluster.
     */
    public static PastQuery failed(String id, String user, int second, String sql)
    {
        return new PastQuery(
                id,
                1,
                new QuerySubmitter(user, Optional.empty(), ImmutableSet.of()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                PastState.FAILED,
                Optional.of(new PastError("SYNTAX_ERROR", "USER_ERROR", "line 1:1: mismatched input 'SELEC'")),
                TIME.plusSeconds(second),
                Optional.empty(),
                Optional.of(TIME.plusSeconds(second)),
                Optional.of(sql));
    }

    public static EndedQuery ended(String id, String sql)
    {
        return new EndedQuery(
                new QueryId(id),
                1,
                () -> new SubmittedSession(submitter("alice"), Optional.of("cli")),
                sql,
                Optional.of("global"),
                Optional.of(new CoordinatorIncarnation(new ClusterName("a"), "coordinator-1", "incarnation")),
                Optional.empty(),
                TIME,
                Optional.of(TIME.plusSeconds(1)),
                Optional.of(TIME.plusSeconds(2)));
    }
}
