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

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.dispatcher.admission.EndedQuery.SubmittedSession;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static io.prestosql.dispatcher.admission.AdmissionFixture.EPOCH;
import static io.prestosql.dispatcher.admission.AdmissionFixture.inherited;
import static io.prestosql.dispatcher.admission.AdmissionFixture.sessionContextFactory;
import static io.prestosql.dispatcher.admission.AdmissionFixture.submitted;
import static io.prestosql.dispatcher.admission.AdmissionFixture.submittedHere;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static org.assertj.core.api.Assertions.assertThat;

public class TestEndedQueries
{
    private static final QueryId QUERY = new QueryId("query");
    private static final CoordinatorLink COORDINATOR = new CoordinatorLink(new ClusterName("a"), "coordinator-1", URI.create("http://127.0.0.1:8081"), "incarnation");
    private static final QueryFailure CANCELED = new QueryFailure(USER_CANCELED, "Query was canceled");

    private final AdmissionFixture fixture = new AdmissionFixture();
    private final List<EndedQuery> told = new ArrayList<>();
    private final EndedQueries endedQueries = new EndedQueries(ImmutableSet.of(told::add), sessionContextFactory());

    @AfterEach
    public void tearDown()
            throws Exception
    {
        fixture.close();
    }

    @Test
    public void testFinishedOnCoordinator()
    {
        ClientQuery query = submittedHere(QUERY, submitted());
        RemoteDispatchQuery remote = fixture.createRemoteQuery(query, Optional.empty());
        remote.assign(COORDINATOR);
        remote.sent();
        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR.coordinator(), Optional.empty());
        query.ended(end);
        endedQueries.ended(EPOCH, query, end, false);
        assertThat(told).singleElement().satisfies(ended -> {
            assertThat(ended.queryId()).isEqualTo(QUERY);
            assertThat(ended.epoch()).isEqualTo(EPOCH);
            assertThat(ended.coordinator()).contains(COORDINATOR.coordinator());
            assertThat(ended.resourceGroup()).contains("global");
            assertThat(ended.failure()).isEmpty();
            assertThat(ended.submitted()).isEqualTo(query.submittedQuery().createTime());
            assertThat(ended.started().orElseThrow()).isBetween(ended.submitted(), ended.ended().orElseThrow());
            assertThat(ended.sql()).isEqualTo("SELECT 1");
            assertThat(ended.toString()).doesNotContain("SELECT");
        });
    }

    /**
     * The coordinator is not in the end, as it has no result.
     */
    @Test
    public void testFailedOnLeaderAfterItWasSent()
    {
        ClientQuery query = submittedHere(QUERY, submitted());
        fixture.createRemoteQuery(query, Optional.empty()).assign(COORDINATOR);
        QueryEnd end = QueryEnd.failed(CANCELED);
        query.ended(end);
        endedQueries.ended(EPOCH, query, end, false);
        assertThat(told).singleElement().satisfies(ended -> {
            assertThat(ended.coordinator()).contains(COORDINATOR.coordinator());
            assertThat(ended.failure()).contains(CANCELED);
        });
    }

    @Test
    public void testFailedInQueue()
    {
        ClientQuery query = submittedHere(QUERY, submitted());
        fixture.createRemoteQuery(query, Optional.empty());
        QueryEnd end = QueryEnd.failed(CANCELED);
        query.ended(end);
        endedQueries.ended(EPOCH, query, end, false);
        assertThat(told).singleElement().satisfies(ended -> {
            assertThat(ended.coordinator()).isEmpty();
            assertThat(ended.started()).isEmpty();
            assertThat(ended.resourceGroup()).contains("global");
        });
    }

    /**
     * It is known from the log only.
     */
    @Test
    public void testEndedUnderEarlierLeader()
    {
        ClientQuery query = inherited(QUERY, submitted("SELECT 2", ImmutableMap.of("x-trino-user", "bob", "x-trino-source", "cli")));
        QueryEnd end = QueryEnd.onCoordinator(new CoordinatorIncarnation(new ClusterName("b"), "coordinator-2", "incarnation"), Optional.empty());
        query.ended(end);
        endedQueries.ended(EPOCH, query, end, true);
        assertThat(told).singleElement().satisfies(ended -> {
            assertThat(ended.ended()).isEmpty();
            assertThat(ended.started()).isEmpty();
            assertThat(ended.resourceGroup()).isEmpty();
            assertThat(ended.coordinator().orElseThrow().cluster()).isEqualTo(new ClusterName("b"));
            assertThat(ended.sql()).isEqualTo("SELECT 2");
            SubmittedSession session = ended.session().get();
            assertThat(session.submitter().user()).isEqualTo("bob");
            assertThat(session.source()).contains("cli");
        });
    }

    @Test
    public void testFailingListenerHarmsNothing()
    {
        EndedQueries failing = new EndedQueries(
                ImmutableSet.of(_ -> {
                    throw new IllegalStateException("on purpose");
                }),
                sessionContextFactory());
        ClientQuery query = submittedHere(QUERY, submitted());
        failing.ended(EPOCH, query, QueryEnd.failed(CANCELED), false);
    }
}
