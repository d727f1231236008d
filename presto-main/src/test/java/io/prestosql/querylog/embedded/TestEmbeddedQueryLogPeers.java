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
package io.prestosql.querylog.embedded;

import com.google.common.collect.ImmutableList;
import io.airlift.log.Logger;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.prestosql.querylog.QueryLogStatus;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import io.prestosql.testing.TestingTier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;

import javax.net.ssl.SSLSocket;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import static com.google.common.collect.MoreCollectors.onlyElement;
import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.FORGOTTEN;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Collections.synchronizedList;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * Tests which dispatchers may be peers, how peers fail over, and how they are changed. What silence does takes its time, and is for the long
 * tier: the short one has it without a clock, and a leader that is paused in {@link TestEmbeddedQueryLog}.
 */
@Execution(CONCURRENT)
@Timeout(300)
public class TestEmbeddedQueryLogPeers
{
    private static final Logger log = Logger.get(TestEmbeddedQueryLogPeers.class);

    private EmbeddedQueryLogFixture fixture;
    private final Map<String, Dispatcher> dispatchers = new HashMap<>();

    @AfterEach
    public void tearDown()
    {
        dispatchers.clear();
        fixture.close();
    }

    @Test
    public void testOutsiders()
            throws Exception
    {
        fixture = new EmbeddedQueryLogFixture(3);
        fixture.members().forEach(member -> start(member.nodeId(), fixture.peers(), 1));
        Dispatcher leader = awaitLeader();
        append(leader, "a");
        for (PeerAddress peer : fixture.peers()) {
            int port = peer.address().getPort();
            // without TLS
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(US_ASCII));
                assertThat(readsFrames(socket.getInputStream())).isFalse();
            }
            PeerCertificate self = new PeerCertificate(EmbeddedQueryLogFixture.SECRET);
            assertThat(isLetIn(port, Optional.empty())).isFalse();
            assertThat(isLetIn(port, Optional.of(new PeerCertificate("another secret")))).isFalse();
            assertThat(isLetIn(port, Optional.of(self))).isTrue();
        }
        // dispatchers listen only to their peers, so the leader goes on
        append(leader, "b");
        assertThat(leader.log.isLeader()).isTrue();
    }

    private static boolean isLetIn(int port, Optional<PeerCertificate> certificate)
            throws Exception
    {
        PeerCertificate self = new PeerCertificate(EmbeddedQueryLogFixture.SECRET);
        try (SSLSocket socket = (SSLSocket) TestPeerCertificate.context(certificate, self.trustManager()).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(US_ASCII));
            return readsFrames(socket.getInputStream());
        }
        catch (IOException e) {
            return false;
        }
    }

    /**
     * Returns whether an HTTP/2 server answers. Its first frame contains settings.
     */
    private static boolean readsFrames(InputStream input)
    {
        try {
            byte[] frame = input.readNBytes(9);
            return frame.length == 9 && frame[3] == 4;
        }
        catch (IOException e) {
            return false;
        }
    }

    @Test
    public void testPeerWithAnotherSecret()
            throws Exception
    {
        fixture = new EmbeddedQueryLogFixture(3);
        List<PeerAddress> peers = fixture.peers();
        Dispatcher stranger = start(peers.getFirst().nodeId(), peers, 1, "another secret");
        peers.subList(1, 3).forEach(peer -> start(peer.nodeId(), peers, 1));
        Dispatcher leader = awaitLeader();
        assertThat(leader).isNotSameAs(stranger);
        append(leader, "a");
        // two of three go on, and the third receives nothing
        assertThat(stranger.log.getLiveRecords()).isZero();
        assertThat(stranger.log.isLeader()).isFalse();
        Dispatcher other = dispatchers.get(peers.get(1).nodeId()) == leader ? dispatchers.get(peers.get(2).nodeId()) : dispatchers.get(peers.get(1).nodeId());
        fixture.kill(other.log);
        dispatchers.remove(other.nodeId);
        // the leader is alone now
        assertThat(appendFails(leader)).isTrue();
        assertThat(stranger.log.isLeader()).isFalse();
    }

    @Test
    public void testFailover()
            throws Exception
    {
        List<PeerAddress> peers = startThree();
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < TestingTier.rounds(2, 5); i++) {
            Dispatcher leader = awaitLeader();
            append(leader, "query" + i);
            awaitAll(i + 1);
            dispatchers.remove(leader.nodeId);
            long start = System.nanoTime();
            fixture.kill(leader.log);
            awaitLeader();
            millis.add((System.nanoTime() - start) / 1_000_000);
            start(leader.nodeId, peers, 1);
        }
        log.info("Milliseconds until there was a new leader, with the time that the kill took: %s", millis);
        // leaves room for a slow machine
        assertThat(millis).allSatisfy(time -> assertThat(time).isLessThan(10_000));
    }

    /**
     * The end of its connections shows that the leader is dead, so a long time-out for silent leaders costs nothing here.
     */
    @Test
    public void testKilledLeaderIsReplacedLongBeforeTheTimeout()
            throws Exception
    {
        fixture = new EmbeddedQueryLogFixture(3, 1 << 16, new io.airlift.units.Duration(30, SECONDS));
        List<PeerAddress> peers = fixture.peers();
        // the first election does not wait for the time-out either
        long started = System.nanoTime();
        peers.forEach(peer -> start(peer.nodeId(), peers, 1));
        awaitLeader();
        assertThat(System.nanoTime() - started).isLessThan(SECONDS.toNanos(20));
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < TestingTier.rounds(3, 10); i++) {
            Dispatcher leader = awaitLeader();
            append(leader, "query" + i);
            awaitAll(i + 1);
            // wait until the followers watch the leader, as they do a moment after the start
            dispatchers.values().forEach(dispatcher -> await().until(() -> dispatcher == leader || dispatcher.log.isLeaderWatched()));
            long start = System.nanoTime();
            synchronized (dispatchers) {
                dispatchers.remove(leader.nodeId);
            }
            Thread kill = Thread.ofPlatform().start(() -> fixture.kill(leader.log));
            assertThat(awaitLeader().liveRecords).hasSize(i + 1);
            millis.add((System.nanoTime() - start) / 1_000_000);
            kill.join();
            start(leader.nodeId, peers, 1);
        }
        log.info("Milliseconds until a killed leader was replaced: %s", millis);
        assertThat(millis).allSatisfy(time -> assertThat(time).isLessThan(10_000));
    }

    @Test
    @Tag("long")
    public void testSilentLeader()
            throws Exception
    {
        fixture = new EmbeddedQueryLogFixture(3, 1 << 16, new EmbeddedQueryLogConfig().getElectionTimeout());
        List<PeerAddress> peers = fixture.peers();
        peers.forEach(peer -> start(peer.nodeId(), peers, 1));
        Dispatcher leader = awaitLeader();
        long epoch = leader.epoch();
        append(leader, "a");
        awaitAll(1);
        for (int i = 0; i < 3; i++) {
            fixture.pause(leader.log);
            LockSupport.parkNanos(SECONDS.toNanos(3));
            fixture.resume(leader.log);
            append(leader, "after pause " + i);
            // an append needs only one follower; to the other one, two pauses would be a single long one
            awaitAll(i + 2);
        }
        assertThat(leader.epoch()).isEqualTo(epoch);
        assertThat(dispatchers.values()).allSatisfy(dispatcher -> assertThat(dispatcher.log.getEpoch()).isEqualTo(epoch));

        // this pause is longer than the configured time-out, but shorter than the one that followers have learned from the earlier pauses
        List<Dispatcher> followers = dispatchers.values().stream().filter(dispatcher -> dispatcher != leader).toList();
        assertThat(followers).allSatisfy(follower -> assertThat(follower.log.getElectionTimeoutMillis()).isBetween(6_500L, 10_000L));
        fixture.pause(leader.log);
        LockSupport.parkNanos(SECONDS.toNanos(5));
        fixture.resume(leader.log);
        append(leader, "after a long pause");
        awaitAll(5);
        assertThat(dispatchers.values()).allSatisfy(dispatcher -> assertThat(dispatcher.log.getEpoch()).isEqualTo(epoch));

        // the leader falls silent for good, as when its machine disappears
        long start = System.nanoTime();
        fixture.pause(leader.log);
        await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(10)).until(() -> dispatchers.values().stream().anyMatch(dispatcher -> dispatcher.epoch() > epoch));
        // the time-out of ten seconds, and the election
        assertThat(System.nanoTime() - start).isLessThan(SECONDS.toNanos(15));
    }

    /**
     * A follower does not depose a leader that all others hear. When the leader falls silent for all, the follower leaves the election to the
     * one that has more of the log: its own would be in vain, and would end the epoch in which the other can stand at once.
     */
    @Test
    @Tag("long")
    public void testFollowerThatIsCutOffFromTheLeader()
            throws Exception
    {
        startThree();
        Dispatcher leader = awaitLeader();
        long epoch = leader.epoch();
        append(leader, "a");
        awaitAll(1);
        Dispatcher deaf = dispatchers.values().stream().filter(dispatcher -> dispatcher != leader).findFirst().orElseThrow();
        fixture.cut(leader.log, deaf.log);
        // several times the time-out for a silent leader
        await().during(Duration.ofSeconds(9)).atMost(Duration.ofSeconds(20)).until(() -> leader.epoch() == epoch);
        append(leader, "b");
        assertThat(leader.epoch()).isEqualTo(epoch);

        fixture.pause(leader.log);
        await().atMost(Duration.ofSeconds(60)).until(() -> dispatchers.values().stream().anyMatch(dispatcher -> dispatcher.epoch() > epoch));
        Dispatcher successor = awaitLeader();
        assertThat(successor.nodeId).isNotIn(leader.nodeId, deaf.nodeId);
        assertThat(successor.epoch()).isEqualTo(epoch + 1);
        assertThat(successor.liveRecords).hasSize(2);
    }

    /**
     * Members with shorter logs do not get the vote of the first member, which does not wait for a time-out.
     */
    @Test
    public void testAllAreStartedAgainOneAfterAnother()
            throws Exception
    {
        List<PeerAddress> peers = startThree();
        Dispatcher leader = awaitLeader();
        append(leader, "a");
        awaitAll(1);
        Dispatcher behind = dispatchers.values().stream().filter(dispatcher -> dispatcher != leader).findFirst().orElseThrow();
        fixture.kill(dispatchers.remove(behind.nodeId).log);
        append(leader, "b");
        awaitAll(2);
        stopAll();

        start(leader.nodeId, peers, 1);
        // the first member has stood for election in vain, and another one needs its vote
        await().during(Duration.ofSeconds(3)).until(() -> !log(leader.nodeId).isLeader());
        long start = System.nanoTime();
        start(behind.nodeId, peers, 1);
        assertThat(awaitLeader().liveRecords).hasSize(2);
        long millis = (System.nanoTime() - start) / 1_000_000;
        log.info("Milliseconds until there was a leader after all had been stopped: %s", millis);
        assertThat(millis).isLessThan(8_000);
    }

    @Test
    public void testReasonForNoLeader()
            throws Exception
    {
        List<PeerAddress> peers = startThree();
        Dispatcher leader = awaitLeader();
        append(leader, "a");
        awaitAll(1);
        List<Dispatcher> standbys = dispatchers.values().stream().filter(dispatcher -> dispatcher != leader).toList();
        dispatchers.values().forEach(dispatcher -> assertThat(dispatcher.log.getProblem()).isEmpty());

        standbys.forEach(standby -> fixture.kill(dispatchers.remove(standby.nodeId).log));
        String silent = standbys.stream().map(standby -> standby.nodeId).sorted().collect(joining(", "));
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(leader.log.getProblem())
                .contains("2 of the 3 dispatchers that keep the query log have to be up, and 1 answers: %s do not".formatted(silent)));

        start(standbys.getFirst().nodeId, peers, 1);
        awaitLeader();
        await().atMost(Duration.ofSeconds(30)).until(() -> leader.log.getProblem().isEmpty());
    }

    /**
     * Ratis checks whether the others answer only when it is idle, so a leader with busy clients would lead for ever.
     */
    @Test
    public void testBusyLeaderWithoutMajorityStepsDown()
            throws Exception
    {
        startThree();
        Dispatcher leader = awaitLeader();
        append(leader, "a");
        awaitAll(1);
        long epoch = leader.epoch();
        dispatchers.values().stream()
                .filter(dispatcher -> dispatcher != leader)
                .toList()
                .forEach(standby -> fixture.kill(dispatchers.remove(standby.nodeId).log));
        await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(200)).until(() -> {
            leader.log.append(epoch, record("b", 10)).exceptionally(_ -> null);
            return leader.epoch() == 0;
        });
        assertThat(leader.log.isLeader()).isFalse();
    }

    @Test
    public void testLeaderKnowsWhoIsBehind()
            throws Exception
    {
        List<PeerAddress> peers = startThree();
        Dispatcher leader = awaitLeader();
        append(leader, "first");
        List<String> followers = peers.stream().map(PeerAddress::nodeId).filter(nodeId -> !nodeId.equals(leader.nodeId)).sorted().toList();
        String killed = followers.getFirst();
        String alive = followers.getLast();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() ->
                assertThat(leader.log.getStatus()).isEqualTo(new QueryLogStatus(
                        Store.EMBEDDED,
                        true,
                        peers.stream().map(PeerAddress::nodeId).sorted().toList(),
                        Map.of(killed, 0L, alive, 0L))));
        assertThat(dispatchers.get(alive).log.getStatus().entriesBehind()).isEmpty();

        fixture.kill(dispatchers.remove(killed).log);
        for (int i = 0; i < 20; i++) {
            append(leader, "query" + i);
        }
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(leader.log.getStatus().entriesBehind().get(killed)).isGreaterThanOrEqualTo(20);
            assertThat(leader.log.getStatus().entriesBehind()).containsEntry(alive, 0L);
        });

        start(killed, peers, 1);
        await().atMost(Duration.ofSeconds(60)).until(() -> leader.log.getStatus().entriesBehind().get(killed) == 0);
    }

    /**
     * Without the returning peer, there may be no majority when the next peer goes.
     */
    @Test
    @Tag("long")
    public void testPeerThatWasAwayIsFoundAtOnce()
            throws Exception
    {
        List<PeerAddress> peers = startThree();
        Dispatcher leader = awaitLeader();
        Dispatcher follower = dispatchers.values().stream().filter(dispatcher -> dispatcher != leader).findFirst().orElseThrow();
        dispatchers.remove(follower.nodeId);
        fixture.kill(follower.log);
        int appended = 0;
        long killed = System.nanoTime();
        // about as long as a new process takes to start
        while (System.nanoTime() - killed < Duration.ofSeconds(11).toNanos()) {
            append(leader, "query" + appended);
            appended++;
            LockSupport.parkNanos(MILLISECONDS.toNanos(20));
        }
        long start = System.nanoTime();
        start(follower.nodeId, peers, 1);
        awaitAll(appended);
        long millis = (System.nanoTime() - start) / 1_000_000;
        log.info("Milliseconds until a peer that was away had all of the %s records: %s", appended, millis);
        assertThat(millis).isLessThan(6_000);
    }

    @Test
    public void testSingleMemberGrowsToThreeOfWhichOneIsReplaced()
            throws Exception
    {
        fixture = new EmbeddedQueryLogFixture(1);
        Dispatcher single = start("a", List.of(), 1);
        awaitLeader();
        for (int i = 0; i < 50; i++) {
            single.log.append(single.epoch(), record("query" + i, 10_000)).get(10, SECONDS);
        }
        List<PeerAddress> addresses = EmbeddedQueryLogFixture.addresses(List.of("a", "b", "c", "d"));
        List<PeerAddress> three = addresses.subList(0, 3);

        // a change of peers needs a higher version
        assertThatThrownBy(() -> fixture.open("a", three, 1, EmbeddedQueryLogFixture.SECRET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("raise query-log.peers-version");

        // new dispatchers wait until they are added to the peers
        start("b", three, 2);
        start("c", three, 2);
        append(single, "last");
        assertThat(dispatchers.get("b").log.isLeader()).isFalse();
        assertThat(dispatchers.get("b").log.isPeer()).isFalse();
        await().until(() -> dispatchers.get("b").log.getProblem().equals(Optional.of("dispatcher b waits to be added to the peers of the query log")));

        restart("a", three, 2);
        awaitPeers(three, 2);
        awaitAll(51);
        append(awaitLeader(), "of three");
        awaitAll(52);

        // d replaces a, which may be the leader; appends wait for an election at most
        List<PeerAddress> replaced = addresses.subList(1, 4);
        start("d", replaced, 3);
        restart("b", replaced, 3);
        append(awaitLeader(), "one has the new list");
        restart("c", replaced, 3);
        append(awaitLeader(), "two have the new list");
        dispatchers.remove("a").log.close();
        awaitPeers(replaced, 3);
        append(awaitLeader(), "replaced");
        awaitAll(55);

        // any of the new peers may die
        Dispatcher leader = awaitLeader();
        fixture.kill(leader.log);
        dispatchers.remove(leader.nodeId);
        leader = awaitLeader();
        assertThat(leader.liveRecords).hasSize(55);
        append(leader, "without one of them");
    }

    /**
     * The log contains the addresses that its members had at its beginning.
     */
    @Test
    public void testAddressesChange()
            throws Exception
    {
        List<PeerAddress> peers = startThree();
        List<String> nodeIds = peers.stream().map(PeerAddress::nodeId).toList();
        append(awaitLeader(), "a");
        awaitAll(1);
        stopAll();

        List<PeerAddress> moved = EmbeddedQueryLogFixture.addresses(nodeIds);
        moved.forEach(peer -> start(peer.nodeId(), moved, 1));
        assertThat(awaitLeader().liveRecords).hasSize(1);
        append(awaitLeader(), "b");
        awaitAll(2);
        awaitPeers(moved, 1);

        // one after another: when two have moved, the third does not find them, and those two elect one of themselves
        List<PeerAddress> movedAgain = EmbeddedQueryLogFixture.addresses(nodeIds);
        for (String nodeId : nodeIds) {
            restart(nodeId, movedAgain, 2);
            awaitLeader();
        }
        awaitPeers(movedAgain, 2);
        append(awaitLeader(), "c");
        awaitAll(3);
    }

    @Test
    public void testPeerUnderAnotherNodeId()
            throws Exception
    {
        List<PeerAddress> peers = startThree();
        append(awaitLeader(), "a");
        awaitAll(1);
        stopAll();

        Path directory = fixture.directory(peers.getFirst().nodeId());
        List<PeerAddress> renamed = new ArrayList<>(peers);
        renamed.set(0, PeerAddress.parse("renamed@" + peers.getFirst().address()));
        assertThatThrownBy(() -> fixture.open(directory, "renamed", renamed, 2, EmbeddedQueryLogFixture.SECRET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("node.id is renamed, but the query log in %s is that of dispatcher %s: set node.id=%s", directory, peers.getFirst().nodeId(), peers.getFirst().nodeId());
        assertThatThrownBy(() -> fixture.open(directory, peers.getFirst().nodeId(), List.of(), 2, EmbeddedQueryLogFixture.SECRET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("query-log.peers is not set, but the query log in %s is kept by", directory);
    }

    /**
     * The entries before the snapshot are gone, so a peer that comes late gets the snapshot.
     */
    @Test
    public void testLateComersGetSnapshot()
            throws Exception
    {
        fixture = new EmbeddedQueryLogFixture(3, 8 << 20);
        List<PeerAddress> peers = fixture.peers();
        peers.forEach(peer -> start(peer.nodeId(), peers, 1));
        Dispatcher leader = awaitLeader();
        String late = peers.stream().map(PeerAddress::nodeId).filter(nodeId -> !nodeId.equals(leader.nodeId)).findFirst().orElseThrow();
        fixture.kill(dispatchers.remove(late).log);
        // the snapshot does not fit into one message
        for (int i = 0; i < 40; i++) {
            leader.log.append(leader.epoch(), record("live" + i, 1 << 20)).get(30, SECONDS);
        }
        for (int i = 0; i < 80; i++) {
            leader.log.append(leader.epoch(), record("gone", 1 << 20)).get(30, SECONDS);
            leader.log.append(leader.epoch(), new QueryLogRecord("gone", FORGOTTEN, new byte[0])).get(30, SECONDS);
        }
        assertThat(leader.log.getSnapshots()).isGreaterThan(0);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(leader.log.getDiskBytes()).isLessThan(160 << 20));
        Dispatcher joined = start(late, peers, 1);
        await().atMost(Duration.ofSeconds(60)).until(() -> joined.log.getLiveRecords() == 40 && leader.log.getFollowersLag() == 0);
        append(leader, "last");
        awaitAll(41);

        // the late peer has all that a leader needs
        peers.stream().map(PeerAddress::nodeId).filter(nodeId -> !nodeId.equals(late)).forEach(nodeId -> {
            Dispatcher other = dispatchers.remove(nodeId);
            fixture.kill(other.log);
        });
        fixture.kill(dispatchers.remove(late).log);
        start(late, peers, 1);
        peers.stream().map(PeerAddress::nodeId).filter(nodeId -> !nodeId.equals(late)).findFirst().ifPresent(nodeId -> start(nodeId, peers, 1));
        assertThat(awaitLeader().liveRecords).hasSize(41);
        awaitAll(41);
    }

    /**
     * Members that could not write their votes stand for election again when they can.
     */
    @Test
    public void testVotesCouldNotBeWritten()
            throws Exception
    {
        // members give up after twenty of these time-outs
        fixture = new EmbeddedQueryLogFixture(3, 1 << 16, new io.airlift.units.Duration(500, MILLISECONDS));
        fixture.members().forEach(member -> start(member.nodeId(), fixture.peers(), 1));
        Dispatcher leader = awaitLeader();
        append(leader, "a");
        awaitAll(1);
        long epoch = leader.epoch();
        dispatchers.remove(leader.nodeId);
        List<Dispatcher> others = List.copyOf(dispatchers.values());
        List<Path> obstacles = new ArrayList<>();
        for (Dispatcher other : others) {
            // takes the place of the file that is written first
            Path obstacle = metadata(other).resolveSibling("raft-meta.tmp").resolve("obstacle");
            Files.createDirectories(obstacle);
            obstacles.add(obstacle);
        }
        fixture.kill(leader.log);
        // both have given up by then, which nothing reports
        await().during(Duration.ofSeconds(8)).atMost(Duration.ofSeconds(30)).until(() -> others.stream().noneMatch(other -> other.log.isLeader()));
        assertThat(others).anyMatch(other -> other.log.getEpoch() > epoch);
        for (Path obstacle : obstacles) {
            deleteRecursively(obstacle.getParent(), ALLOW_INSECURE);
        }
        Dispatcher next = awaitLeader(Duration.ofSeconds(60));
        assertThat(next.liveRecords).hasSize(1);
        append(next, "b");
    }

    private Path metadata(Dispatcher dispatcher)
            throws IOException
    {
        try (Stream<Path> files = Files.walk(fixture.directory(dispatcher.nodeId))) {
            return files.filter(file -> file.endsWith("raft-meta")).collect(onlyElement());
        }
    }

    @Test
    public void testNotListed()
            throws Exception
    {
        fixture = new EmbeddedQueryLogFixture(3);
        assertThatThrownBy(() -> fixture.open("stranger", fixture.peers(), 1, EmbeddedQueryLogFixture.SECRET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("query-log.peers does not list this dispatcher, whose node.id is stranger");
    }

    @Test
    public void testRollingRestartUnderLoad()
            throws Exception
    {
        List<PeerAddress> peers = startThree();
        awaitLeader();
        AtomicBoolean stop = new AtomicBoolean();
        List<String> acknowledged = synchronizedList(new ArrayList<>());
        Thread writer = Thread.ofPlatform().start(() -> {
            for (int i = 0; !stop.get(); i++) {
                String key = "query" + i;
                while (!tryAppend(key) && !stop.get()) {
                    // nothing reports when there is a leader
                    LockSupport.parkNanos(MILLISECONDS.toNanos(1));
                }
                if (!stop.get()) {
                    acknowledged.add(key);
                }
            }
        });
        for (int round = 0; round < 2; round++) {
            for (PeerAddress peer : peers) {
                if (round == 0) {
                    restart(peer.nodeId(), peers, 1);
                }
                else {
                    synchronized (dispatchers) {
                        fixture.kill(dispatchers.remove(peer.nodeId()).log);
                    }
                    start(peer.nodeId(), peers, 1);
                }
                int before = acknowledged.size();
                await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > before + 10);
                await().atMost(Duration.ofSeconds(30)).until(() -> log(peer.nodeId()).isPeer() && log(peer.nodeId()).getLiveRecords() >= before);
            }
        }
        stop.set(true);
        writer.join();
        Dispatcher last = awaitLeader();
        restart(last.nodeId, peers, 1);
        Dispatcher leader = awaitLeader();
        List<String> keys = leader.liveRecords.stream()
                .map(QueryLogRecord::key)
                .distinct()
                .toList();
        // in order, none lost; the last one may be there without an acknowledgement
        assertThat(keys).startsWith(acknowledged.toArray(new String[0]));
        assertThat(keys.size()).isBetween(acknowledged.size(), acknowledged.size() + 1);
    }

    private EmbeddedQueryLog log(String nodeId)
    {
        synchronized (dispatchers) {
            return dispatchers.get(nodeId).log;
        }
    }

    private boolean tryAppend(String key)
    {
        List<Dispatcher> all;
        synchronized (dispatchers) {
            all = List.copyOf(dispatchers.values());
        }
        for (Dispatcher dispatcher : all) {
            long epoch = dispatcher.epoch();
            if (epoch > 0) {
                try {
                    dispatcher.log.append(epoch, record(key, 100)).get(10, SECONDS);
                    return true;
                }
                catch (ExecutionException e) {
                    assertThat(e.getCause()).isInstanceOfAny(DeposedException.class, QueryLogUnavailableException.class);
                }
                catch (InterruptedException | TimeoutException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return false;
    }

    private static boolean appendFails(Dispatcher dispatcher)
            throws InterruptedException, TimeoutException
    {
        try {
            dispatcher.log.append(dispatcher.epoch(), record("x", 10)).get(20, SECONDS);
            return false;
        }
        catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOfAny(DeposedException.class, QueryLogUnavailableException.class);
            return true;
        }
    }

    private static QueryLogRecord record(String key, int size)
    {
        return new QueryLogRecord(key, SUBMITTED, new byte[size]);
    }

    private void append(Dispatcher leader, String key)
            throws Exception
    {
        Dispatcher current = leader;
        while (true) {
            try {
                current.log.append(current.epoch(), record(key, 10)).get(10, SECONDS);
                return;
            }
            catch (ExecutionException e) {
                // the peers are changing, and the leader with them
                assertThat(e.getCause()).isInstanceOf(DeposedException.class);
                current = awaitLeader();
            }
        }
    }

    private Dispatcher awaitLeader()
    {
        return awaitLeader(Duration.ofSeconds(60));
    }

    private Dispatcher awaitLeader(Duration timeout)
    {
        return await().atMost(timeout).pollInterval(Duration.ofMillis(5)).until(
                () -> {
                    synchronized (dispatchers) {
                        return dispatchers.values().stream()
                                .filter(dispatcher -> dispatcher.epoch() > 0)
                                .max((first, second) -> Long.compare(first.epoch(), second.epoch()));
                    }
                },
                Optional::isPresent).orElseThrow();
    }

    private void awaitAll(int liveRecords)
    {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() ->
                assertThat(dispatchers.values()).allSatisfy(dispatcher -> assertThat(dispatcher.log.getLiveRecords()).isEqualTo(liveRecords)));
    }

    private void awaitPeers(List<PeerAddress> peers, long version)
    {
        List<String> expected = peers.stream().map(PeerAddress::toString).sorted().toList();
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            for (PeerAddress peer : peers) {
                assertThat(dispatchers.get(peer.nodeId()).log.getPeers()).isEqualTo(expected);
                assertThat(dispatchers.get(peer.nodeId()).log.getPeersVersion()).isEqualTo(version);
            }
        });
    }

    private List<PeerAddress> startThree()
            throws IOException
    {
        fixture = new EmbeddedQueryLogFixture(3);
        List<PeerAddress> peers = fixture.peers();
        peers.forEach(peer -> start(peer.nodeId(), peers, 1));
        return peers;
    }

    private void stopAll()
    {
        dispatchers.values().forEach(dispatcher -> fixture.kill(dispatcher.log));
        dispatchers.clear();
    }

    private void restart(String nodeId, List<PeerAddress> peers, long version)
    {
        Dispatcher dispatcher;
        synchronized (dispatchers) {
            dispatcher = dispatchers.remove(nodeId);
        }
        dispatcher.log.close();
        start(nodeId, peers, version);
    }

    private Dispatcher start(String nodeId, List<PeerAddress> peers, long version)
    {
        return start(nodeId, peers, version, EmbeddedQueryLogFixture.SECRET);
    }

    private Dispatcher start(String nodeId, List<PeerAddress> peers, long version, String secret)
    {
        Dispatcher dispatcher = new Dispatcher(nodeId, fixture.open(nodeId, peers, version, secret));
        synchronized (dispatchers) {
            dispatchers.put(nodeId, dispatcher);
        }
        dispatcher.log.start(new QueryLogMember(nodeId, URI.create("http://%s.example.com".formatted(nodeId))), dispatcher);
        return dispatcher;
    }

    private static class Dispatcher
            implements QueryLogListener
    {
        private final String nodeId;
        private final EmbeddedQueryLog log;
        private volatile long epoch;
        private volatile List<QueryLogRecord> liveRecords = ImmutableList.of();

        private Dispatcher(String nodeId, EmbeddedQueryLog log)
        {
            this.nodeId = nodeId;
            this.log = log;
        }

        private long epoch()
        {
            return epoch;
        }

        @Override
        public void elected(long epoch, List<QueryLogRecord> liveRecords)
        {
            this.liveRecords = liveRecords;
            this.epoch = epoch;
        }

        @Override
        public void deposed(long epoch)
        {
            this.epoch = 0;
        }

        @Override
        public void leaderChanged(Optional<QueryLogLeader> leader) {}
    }
}
