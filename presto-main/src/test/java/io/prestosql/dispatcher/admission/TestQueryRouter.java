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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.MediaType;
import io.airlift.http.client.HttpStatus;
import io.airlift.http.client.Request;
import io.airlift.http.client.Response;
import io.airlift.http.client.StaticBodyGenerator;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.http.client.testing.TestingResponse;
import io.airlift.json.JsonCodec;
import io.prestosql.fleet.CoordinatorClient;
import io.prestosql.fleet.CoordinatorListeners;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.fleet.Coordinators;
import io.prestosql.fleet.TransactionHolders;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.StopRequest;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.queue.core.QueueEvent.DispatchAnswer;
import io.prestosql.selection.core.ClusterCapacity;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute;
import io.trino.metadata.NodeState;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.collect.Iterables.getOnlyElement;
import static com.google.common.net.HttpHeaders.CONTENT_TYPE;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static com.google.common.util.concurrent.MoreExecutors.newDirectExecutorService;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.dispatcher.admission.AdmissionFixture.EPOCH;
import static io.prestosql.dispatcher.admission.AdmissionFixture.submitted;
import static io.prestosql.dispatcher.admission.AdmissionFixture.submittedHere;
import static io.prestosql.node.ClusterName.DEFAULT;
import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.trino.spi.StandardErrorCode.DIVISION_BY_ZERO;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static io.trino.util.Failures.toFailure;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * All threads are the test's own, so calls to coordinators are answered at once.
 */
public class TestQueryRouter
{
    private static final JsonCodec<DispatchRequest> DISPATCH_CODEC = jsonCodec(DispatchRequest.class);
    private static final JsonCodec<DispatchResponse> RESPONSE_CODEC = jsonCodec(DispatchResponse.class);
    private static final JsonCodec<CoordinatorReport> REPORT_CODEC = jsonCodec(CoordinatorReport.class);
    private static final JsonCodec<StopRequest> STOP_CODEC = jsonCodec(StopRequest.class);
    private static final CoordinatorLink ONE = new CoordinatorLink(DEFAULT, "one", URI.create("http://one:8080"), "incarnation-1");
    private static final CoordinatorLink TWO = new CoordinatorLink(DEFAULT, "two", URI.create("http://two:8080"), "incarnation-2");
    private static final QueryId A = new QueryId("a");
    private static final QueryId B = new QueryId("b");
    private static final QueryFailure CANCELED = new QueryFailure(USER_CANCELED, "Query was canceled");

    private final ScheduledExecutorService timeouts = newSingleThreadScheduledExecutor(daemonThreadsNamed("test-timeouts"));
    private final AdmissionFixture fixture = new AdmissionFixture();
    private final List<String> calls = new ArrayList<>();
    private final List<byte[]> bodies = new ArrayList<>();
    /** What a coordinator answers to the order to start or to stop a query; by node. */
    private final Map<String, Callable<Response>> answers = new HashMap<>();
    /** The open transactions; by node. */
    private final Map<String, String> transactions = new HashMap<>();
    private final CoordinatorClient client = new CoordinatorClient(
            new TestingHttpClient(this::answer, newDirectExecutorService()),
            timeouts,
            new CoordinatorMonitorConfig(),
            DISPATCH_CODEC,
            RESPONSE_CODEC,
            REPORT_CODEC,
            jsonCodec(ReportRequest.class),
            STOP_CODEC);
    private final FakeCoordinators coordinators = new FakeCoordinators(client);
    private final ClusterRooms rooms = new ClusterRooms();
    private final AtomicInteger roomsChanged = new AtomicInteger();
    private final QueryLocations locations = new QueryLocations(coordinators);
    private final QueryRouter router = new QueryRouter(
            coordinators,
            new TransactionHolders(coordinators),
            locations,
            fixture.events(),
            () -> Optional.of("queue"),
            rooms,
            roomsChanged::incrementAndGet,
            directExecutor());

    public TestQueryRouter()
    {
        rooms.setCapacities(ImmutableMap.of(DEFAULT, new ClusterCapacity(true, true, OptionalInt.empty(), 1)));
    }

    @AfterEach
    public void tearDown()
            throws Exception
    {
        fixture.close();
        timeouts.shutdownNow();
    }

    @Test
    public void testFirstCandidateGetsTheQuery()
    {
        RemoteDispatchQuery query = query(A);
        router.route(query);
        assertThat(fixture.posted()).containsExactly(new QueueEvent.Routed(A, ONE.coordinator(), false));
        assertThat(query.coordinator()).contains(ONE);
        assertThat(coordinators.assigned).containsExactly(ONE);
        assertThat(router.getRoutedQueries()).isEqualTo(1);
        assertThat(calls).as("the log has to have it first").isEmpty();

        router.release(A);
        router.release(A);
        assertThat(coordinators.assigned).isEmpty();
        assertThat(coordinators.released).isEqualTo(1);
        assertThat(router.getRoutedQueries()).isZero();
    }

    @Test
    public void testQueryLeavesItsEarlierCoordinator()
    {
        RemoteDispatchQuery query = query(A);
        router.route(query);
        coordinators.candidates = ImmutableList.of(TWO);
        router.route(query);
        assertThat(coordinators.assigned).containsExactly(TWO);
        assertThat(router.getRoutedQueries()).isEqualTo(1);
        // also when there is no other one
        coordinators.candidates = ImmutableList.of();
        router.route(query);
        assertThat(coordinators.assigned).isEmpty();
        assertThat(router.getRoutedQueries()).isZero();
        assertThat(router.getWaitingForCoordinator()).isEqualTo(1);
    }

    @Test
    public void testCoordinatorThatDoesNotRunItAgain()
    {
        RemoteDispatchQuery query = query(A);
        query.refusedForGood(ONE.coordinator());
        router.route(query);
        assertThat(query.coordinator()).contains(TWO);

        query.refusedForGood(TWO.coordinator());
        router.route(query);
        assertThat(coordinators.assigned).isEmpty();
        assertThat(router.getWaitingForCoordinator()).isZero();
        assertThat(stopOf(A).reason().errorCode()).isEqualTo(COORDINATOR_LOST.toErrorCode());
    }

    @Test
    public void testQueryWithoutCoordinatorGivesItsSlotBack()
    {
        coordinators.candidates = ImmutableList.of();
        router.route(query(A));
        assertThat(fixture.posted()).containsExactly(new QueueEvent.NoCoordinator(A));
        assertThat(router.getWaitingForCoordinator()).isEqualTo(1);
        assertThat(rooms.queries(DEFAULT)).as("no cluster keeps a place for it").isZero();
        router.gaveBack(A);
        assertThat(router.getWaitingForCoordinator()).isZero();
    }

    @Test
    public void testFullCluster()
    {
        rooms.setCapacities(ImmutableMap.of(DEFAULT, new ClusterCapacity(true, true, OptionalInt.of(1), 1)));
        router.route(query(A));
        router.route(query(B));
        assertThat(fixture.posted()).containsExactly(new QueueEvent.Routed(A, ONE.coordinator(), false), new QueueEvent.NoCoordinator(B));
        // a query that goes to another coordinator of its cluster has its place already
        coordinators.candidates = ImmutableList.of(TWO);
        router.route(query(A));
        assertThat(fixture.posted()).contains(new QueueEvent.Routed(A, TWO.coordinator(), false));
    }

    @Test
    public void testOthersHearOfThePlaceOfAQueryThatNoCoordinatorTakes()
    {
        rooms.setCapacities(ImmutableMap.of(DEFAULT, new ClusterCapacity(true, true, OptionalInt.of(1), 1)));
        RemoteDispatchQuery query = query(A);
        query.refusedForGood(ONE.coordinator());
        query.refusedForGood(TWO.coordinator());
        rooms.reserve(A, ClusterRoute.ANY);
        router.route(query);
        assertThat(fixture.posted()).hasOnlyElementsOfType(QueueEvent.Stop.class);
        assertThat(rooms.queries(DEFAULT)).isZero();
        assertThat(roomsChanged).hasValue(1);
    }

    @Test
    public void testTransactionInFullCluster()
    {
        rooms.setCapacities(ImmutableMap.of(DEFAULT, new ClusterCapacity(false, true, OptionalInt.empty(), 1)));
        transactions.put("two", "t");
        RemoteDispatchQuery query = query(A, Optional.of("t"));
        assertThat(query.clusterRoute()).as("its cluster is not known yet").isEqualTo(new ClusterRoute.Undecided());
        router.route(query);
        assertThat(fixture.posted()).containsExactly(new QueueEvent.Routed(A, TWO.coordinator(), true));
        assertThat(query.clusterRoute()).isEqualTo(new ClusterRoute.BoundToCluster(DEFAULT));
    }

    @Test
    public void testTransactionIsWithOneCoordinator()
    {
        transactions.put("two", "t");
        router.route(query(A, Optional.of("t")));
        assertThat(fixture.posted()).containsExactly(new QueueEvent.Routed(A, TWO.coordinator(), true));
        // it is there even while its coordinator takes no other queries
        coordinators.candidates = ImmutableList.of();
        router.route(query(B, Optional.of("t")));
        assertThat(fixture.posted()).contains(new QueueEvent.Routed(B, TWO.coordinator(), true));
    }

    @Test
    public void testUnknownTransaction()
    {
        router.route(query(A, Optional.of("t")));
        assertThat(fixture.posted()).as("any coordinator can say that there is no such transaction").containsExactly(new QueueEvent.Routed(A, ONE.coordinator(), false));
    }

    @Test
    public void testAbandonedQuery()
    {
        RemoteDispatchQuery query = query(A);
        query.abandon();
        router.route(query);
        assertThat(fixture.posted()).isEmpty();
        assertThat(coordinators.assigned).isEmpty();
    }

    @Test
    public void testAnotherLeaderHasTheQuery()
    {
        fixture.setUndeliverable(QueueEvent.Routed.class::isInstance);
        router.route(query(A));
        assertThat(coordinators.assigned).isEmpty();
        assertThat(coordinators.released).isEqualTo(1);
        assertThat(router.getRoutedQueries()).isZero();
    }

    @Test
    public void testTaken()
    {
        RemoteDispatchQuery query = routed(A);
        answers.put("one", () -> taken(Optional.of("/v1/statement/executing/a"), false));
        dispatch(query, 1);
        assertThat(calls).containsExactly("PUT one /v1/dispatch/query/a");
        DispatchRequest request = DISPATCH_CODEC.fromJson(getOnlyElement(bodies));
        assertThat(request.epoch()).isEqualTo(EPOCH);
        assertThat(request.incarnation()).isEqualTo(ONE.incarnation());
        assertThat(request.saidNanos()).isEqualTo(17);
        assertThat(request.run()).isEqualTo(1);
        assertThat(request.queue()).contains("queue");
        assertThat(request.resourceGroup()).containsExactly("global");
        assertThat(request.request()).isEqualTo(query.request());
        assertThat(fixture.posted()).containsExactly(new QueueEvent.DispatchAnswered(A, ONE.coordinator(), DispatchAnswer.TAKEN));
        assertThat(query.executingPath()).contains("/v1/statement/executing/a");
        assertThat(locations.find(A)).contains(ONE);
        assertThat(query.isRegistered()).isTrue();
        assertThat(router.getDispatches()).isEqualTo(1);
        assertThat(router.getRefusals()).isZero();
        assertThat(coordinators.suspects).isEmpty();
    }

    @Test
    public void testTakenAndFailedAtOnce()
    {
        RemoteDispatchQuery query = routed(A);
        answers.put("one", () -> taken(Optional.empty(), true));
        dispatch(query, 0);
        assertThat(fixture.posted()).hasSize(2);
        assertThat(fixture.posted().getFirst()).isEqualTo(new QueueEvent.DispatchAnswered(A, ONE.coordinator(), DispatchAnswer.TAKEN));
        QueueEvent.Reported reported = (QueueEvent.Reported) fixture.posted().getLast();
        assertThat(reported.coordinator()).isEqualTo(ONE.coordinator());
        assertThat(reported.complete()).isFalse();
        assertThat(getOnlyElement(reported.queries()).failure().orElseThrow().errorCode()).isEqualTo(DIVISION_BY_ZERO.toErrorCode());
        assertThat(locations.find(A)).isEmpty();
        assertThat(query.isRegistered()).isFalse();
    }

    @Test
    public void testRefused()
    {
        RemoteDispatchQuery query = routed(A);
        answers.put("one", () -> response(HttpStatus.SERVICE_UNAVAILABLE, "stopping"));
        dispatch(query, 0);
        assertAnswered(DispatchAnswer.REFUSED);
        assertThat(coordinators.suspects).containsExactly(ONE);
        assertThat(router.getRefusals()).isEqualTo(1);
        assertThat(query.mayRunAt(ONE)).isTrue();
    }

    @Test
    public void testRefusedForGood()
    {
        RemoteDispatchQuery query = routed(A);
        answers.put("one", () -> response(HttpStatus.GONE, "has run it before"));
        dispatch(query, 0);
        assertAnswered(DispatchAnswer.REFUSED);
        assertThat(query.mayRunAt(ONE)).isFalse();
        assertThat(query.mayRunAt(TWO)).isTrue();
    }

    @Test
    public void testNoProcessListens()
    {
        RemoteDispatchQuery query = routed(A);
        answers.put("one", () -> {
            throw new ConnectException("refused");
        });
        dispatch(query, 0);
        assertAnswered(DispatchAnswer.REFUSED);
        assertThat(query.mayRunAt(ONE)).isTrue();
    }

    @Test
    public void testUnknownWhetherTaken()
    {
        RemoteDispatchQuery query = routed(A);
        answers.put("one", () -> response(HttpStatus.INTERNAL_SERVER_ERROR, "broken"));
        dispatch(query, 0);
        assertAnswered(DispatchAnswer.UNKNOWN);
        assertThat(coordinators.suspects).containsExactly(ONE);
        assertThat(router.getRefusals()).isZero();
    }

    @Test
    public void testCoordinatorThatHasDiedSinceItWasChosen()
    {
        RemoteDispatchQuery query = routed(A);
        coordinators.saidNanos = OptionalLong.empty();
        dispatch(query, 0);
        assertAnswered(DispatchAnswer.REFUSED);
        assertThat(calls).isEmpty();
        assertThat(router.getDispatches()).isZero();
    }

    @Test
    public void testDispatchElsewhere()
    {
        RemoteDispatchQuery query = routed(A);
        assertThatThrownBy(() -> router.dispatch(query, TWO.coordinator(), EPOCH, 0)).hasMessage("Query a was not routed to coordinator two");
        CoordinatorIncarnation earlier = new CoordinatorIncarnation(DEFAULT, ONE.nodeId(), "earlier");
        assertThatThrownBy(() -> router.dispatch(query, earlier, EPOCH, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> router.dispatch(query(B), ONE.coordinator(), EPOCH, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(calls).isEmpty();
    }

    @Test
    public void testStop()
    {
        answers.put("two", () -> response(HttpStatus.NO_CONTENT, ""));
        router.stop(A, TWO.coordinator(), CANCELED, EPOCH);
        assertThat(calls).containsExactly("PUT two /v1/dispatch/query/a/failure");
        StopRequest request = STOP_CODEC.fromJson(getOnlyElement(bodies));
        assertThat(request.epoch()).isEqualTo(EPOCH);
        assertThat(request.incarnation()).isEqualTo(TWO.incarnation());
        assertThat(request.failure().getErrorCode()).isEqualTo(USER_CANCELED.toErrorCode());
        assertThat(request.queue()).contains("queue");
        assertThat(fixture.posted()).containsExactly(new QueueEvent.StopAnswered(A, TWO.coordinator(), true));
        assertThat(coordinators.suspects).isEmpty();
    }

    @Test
    public void testStopThatIsNotHeard()
    {
        answers.put("two", () -> {
            throw new ConnectException("refused");
        });
        router.stop(A, TWO.coordinator(), CANCELED, EPOCH);
        assertThat(fixture.posted()).containsExactly(new QueueEvent.StopAnswered(A, TWO.coordinator(), false));
        assertThat(coordinators.suspects).containsExactly(TWO);
    }

    @Test
    public void testStopAtProcessThatIsGone()
    {
        CoordinatorIncarnation earlier = new CoordinatorIncarnation(DEFAULT, TWO.nodeId(), "earlier");
        router.stop(A, earlier, CANCELED, EPOCH);
        assertThat(calls).isEmpty();
        assertThat(fixture.posted()).containsExactly(new QueueEvent.StopAnswered(A, earlier, false));
    }

    @Test
    public void testEndOfTerm()
    {
        router.route(query(A));
        coordinators.candidates = ImmutableList.of();
        router.route(query(B));
        router.clear();
        assertThat(router.getRoutedQueries()).isZero();
        assertThat(coordinators.assigned).isEmpty();
        assertThat(router.getWaitingForCoordinator()).isZero();
    }

    @Test
    public void testAddresses()
    {
        assertThat(router.findAddress(TWO.coordinator())).contains(TWO.uri());
        assertThat(router.findAddress(new CoordinatorIncarnation(DEFAULT, TWO.nodeId(), "earlier"))).isEmpty();
        // a query may be sent to a coordinator that has died since it was chosen
        router.route(query(A));
        coordinators.links = ImmutableList.of();
        assertThat(router.findAddress(ONE.coordinator())).contains(ONE.uri());
        assertThat(router.findAddress(TWO.coordinator())).isEmpty();
    }

    private RemoteDispatchQuery query(QueryId queryId)
    {
        return query(queryId, Optional.empty());
    }

    private RemoteDispatchQuery query(QueryId queryId, Optional<String> transactionId)
    {
        return fixture.createRemoteQuery(submittedHere(queryId, submitted()), transactionId);
    }

    /**
     * Makes a query that is routed to the first coordinator, and forgets what was posted of that.
     */
    private RemoteDispatchQuery routed(QueryId queryId)
    {
        RemoteDispatchQuery query = query(queryId);
        router.route(query);
        assertThat(query.coordinator()).contains(ONE);
        fixture.forgetPosted();
        return query;
    }

    private void dispatch(RemoteDispatchQuery query, int run)
    {
        router.dispatch(query, ONE.coordinator(), EPOCH, run);
    }

    private void assertAnswered(DispatchAnswer answer)
    {
        assertThat(fixture.posted()).containsExactly(new QueueEvent.DispatchAnswered(A, ONE.coordinator(), answer));
    }

    private QueueEvent.Stop stopOf(QueryId queryId)
    {
        QueueEvent.Stop stop = getOnlyElement(fixture.posted().stream()
                .filter(QueueEvent.Stop.class::isInstance)
                .map(QueueEvent.Stop.class::cast)
                .toList());
        assertThat(stop.queryId()).isEqualTo(queryId);
        return stop;
    }

    private Response answer(Request request)
            throws Exception
    {
        String node = request.getUri().getHost();
        if (request.getUri().getPath().equals("/v1/dispatch/report")) {
            return response(HttpStatus.OK, REPORT_CODEC.toJson(report(node)));
        }
        calls.add("%s %s %s".formatted(request.getMethod(), node, request.getUri().getPath()));
        bodies.add(((StaticBodyGenerator) request.getBodyGenerator()).getBody());
        return answers.get(node).call();
    }

    private CoordinatorReport report(String node)
    {
        Set<String> open = Optional.ofNullable(transactions.get(node)).map(ImmutableSet::of).orElse(ImmutableSet.of());
        return new CoordinatorReport(node, "incarnation", 0, EPOCH, true, 0, false, true, NodeState.ACTIVE, 1, 0, 0, 8, open, ImmutableList.of(), Optional.empty(), Optional.of(1), Optional.of(0), Optional.of("476"));
    }

    private static Response taken(Optional<String> executingPath, boolean failed)
    {
        return response(HttpStatus.OK, RESPONSE_CODEC.toJson(new DispatchResponse(
                ONE.incarnation(),
                executingPath,
                failed ? Optional.of(toFailure(new TrinoException(DIVISION_BY_ZERO, "Division by zero"))) : Optional.empty(),
                failed,
                false)));
    }

    private static Response response(HttpStatus status, String body)
    {
        return new TestingResponse(status, ImmutableListMultimap.of(CONTENT_TYPE, MediaType.JSON_UTF_8.toString()), body.getBytes(UTF_8));
    }

    private static class FakeCoordinators
            extends Coordinators
    {
        private final CoordinatorClient client;
        private final List<CoordinatorLink> assigned = new ArrayList<>();
        private final List<CoordinatorLink> suspects = new ArrayList<>();
        private List<CoordinatorLink> candidates = ImmutableList.of(ONE, TWO);
        private List<CoordinatorLink> links = ImmutableList.of(ONE, TWO);
        private OptionalLong saidNanos = OptionalLong.of(17);
        private int released;

        private FakeCoordinators(CoordinatorClient client)
        {
            super(ImmutableList::of, new CoordinatorListeners());
            this.client = requireNonNull(client, "client is null");
        }

        @Override
        public Optional<CoordinatorClient> client(ClusterName cluster)
        {
            return Optional.of(client);
        }

        @Override
        public List<CoordinatorLink> candidates(ClusterName cluster)
        {
            return candidates;
        }

        @Override
        public boolean isAnyAvailable()
        {
            return !candidates.isEmpty();
        }

        @Override
        public List<CoordinatorLink> getLinks()
        {
            return links;
        }

        @Override
        public OptionalLong stamp(CoordinatorLink coordinator)
        {
            return saidNanos;
        }

        @Override
        public void suspect(CoordinatorLink coordinator)
        {
            suspects.add(coordinator);
        }

        @Override
        public void queryAssigned(CoordinatorLink coordinator)
        {
            assigned.add(coordinator);
        }

        @Override
        public void queryReleased(CoordinatorLink coordinator)
        {
            assigned.remove(coordinator);
            released++;
        }
    }
}
