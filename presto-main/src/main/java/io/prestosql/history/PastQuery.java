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

import io.prestosql.dispatcher.admission.EndedQuery;
import io.prestosql.dispatcher.admission.EndedQuery.SubmittedSession;
import io.prestosql.dispatcher.admission.QuerySubmitter;
import io.prestosql.node.CoordinatorIncarnation;

import java.time.Instant;
import java.util.Optional;

import static java.time.temporal.ChronoUnit.MICROS;
import static java.util.Objects.requireNonNull;

/**
 * A query in the history. Times are in microseconds, as databases have them.
 *
 * @param epoch the epoch of the leader that has told of the query
 * @param coordinator the node id of the coordinator that had the query last; empty when it never got one
 * @param error why it has failed
 * @param started when it was sent to the coordinator; empty when that is not known
 * @param ended empty when it had ended under an earlier leader
 * @param sql the beginning of the statement; empty when the history does not keep it
 */
public record PastQuery(
        String queryId,
        long epoch,
        QuerySubmitter submitter,
        Optional<String> source,
        Optional<String> resourceGroup,
        Optional<String> cluster,
        Optional<String> coordinator,
        PastState state,
        Optional<PastError> error,
        Instant submitted,
        Optional<Instant> started,
        Optional<Instant> ended,
        Optional<String> sql)
{
    /** In characters. */
    static final int MAX_SQL_LENGTH = 4096;
    private static final int MAX_TEXT_LENGTH = 1000;

    public PastQuery
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(submitter, "submitter is null");
        source = source.map(text -> bound(text, MAX_TEXT_LENGTH));
        resourceGroup = resourceGroup.map(text -> bound(text, MAX_TEXT_LENGTH));
        requireNonNull(cluster, "cluster is null");
        requireNonNull(coordinator, "coordinator is null");
        requireNonNull(state, "state is null");
        requireNonNull(error, "error is null");
        submitted = submitted.truncatedTo(MICROS);
        started = started.map(time -> time.truncatedTo(MICROS));
        ended = ended.map(time -> time.truncatedTo(MICROS));
        sql = sql.map(text -> bound(text, MAX_SQL_LENGTH));
    }

    /**
     * Why a query has failed.
     *
     * @param code the name of the engine's error code
     * @param type the name of its type, such as {@code USER_ERROR}
     */
    public record PastError(String code, String type, String message)
    {
        public PastError
        {
            requireNonNull(code, "code is null");
            requireNonNull(type, "type is null");
            message = bound(message, MAX_TEXT_LENGTH);
        }
    }

    /**
     * Asks the query for its session, which may take long.
     */
    static PastQuery of(EndedQuery query, boolean sqlKept)
    {
        SubmittedSession session = query.session().get();
        return new PastQuery(
                query.queryId().toString(),
                query.epoch(),
                session.submitter(),
                session.source(),
                query.resourceGroup(),
                query.coordinator().map(coordinator -> coordinator.cluster().value()),
                query.coordinator().map(CoordinatorIncarnation::nodeId),
                query.failure().isPresent() ? PastState.FAILED : PastState.FINISHED,
                query.failure().map(failure -> new PastError(failure.errorCode().getName(), failure.errorCode().getType().name(), failure.message())),
                query.submitted(),
                query.started(),
                query.ended(),
                sqlKept ? Optional.of(query.sql()) : Optional.empty());
    }

    PastQueryPosition position()
    {
        return new PastQueryPosition(submitted, queryId);
    }

    /**
     * Returns whether this takes the place of what another leader, or the same one, has told of the query. The log's last leader is right;
     * a leader that has not ended the query itself knows less of it.
     */
    boolean replaces(PastQuery other)
    {
        return ended.isPresent() && (other.ended().isEmpty() || other.epoch() < epoch);
    }

    /**
     * Cuts the text, and replaces what databases do not take: the character 0, and halves of pairs.
     */
    static String bound(String text, int length)
    {
        String cut = text.length() <= length ? text : text.substring(0, length);
        StringBuilder clean = new StringBuilder(cut.length());
        cut.codePoints()
                .map(character -> character == 0 || (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) ? '\uFFFD' : character)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    @Override
    public String toString()
    {
        // statements stay out of logs
        return "PastQuery[%s]".formatted(queryId);
    }
}
