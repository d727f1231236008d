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

import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.testing.TestingTier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.FORGOTTEN;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * Tests what a single dispatcher does with its files, including damaged ones.
 */
@Execution(CONCURRENT)
@Timeout(120)
public class TestEmbeddedQueryLogFiles
{
    private static final int SNAPSHOT_BYTES = 256 * 1024;

    private EmbeddedQueryLogFixture fixture;
    private QueryLogMember member;

    private record ElectedLog(EmbeddedQueryLog log, long epoch, List<QueryLogRecord> liveRecords) {}

    @BeforeEach
    public void setUp()
            throws IOException
    {
        fixture = new EmbeddedQueryLogFixture(1, SNAPSHOT_BYTES);
        member = getOnlyElement(fixture.members());
    }

    @AfterEach
    public void tearDown()
    {
        fixture.close();
    }

    @Test
    public void testTornEnd()
            throws Exception
    {
        List<QueryLogRecord> records = writeAndKill(20);
        Path file = openSegment();
        long end = endOfEntries(file);

        // the last entry is cut off in the middle, as when the machine stops during the write
        truncate(file, end - 100);
        ElectedLog election = open();
        assertThat(election.liveRecords()).isEqualTo(records.subList(0, 19));

        // the log goes on from there
        QueryLogRecord next = record(100);
        election.log().append(election.epoch(), next).get(10, SECONDS);
        fixture.kill(election.log());
        assertThat(open().liveRecords()).hasSize(20).startsWith(records.get(0)).endsWith(next);
    }

    @Test
    public void testGarbledEnd()
            throws Exception
    {
        List<QueryLogRecord> records = writeAndKill(20);
        Path file = openSegment();
        long end = endOfEntries(file);
        write(file, end - 150, new byte[140]);
        assertThat(open().liveRecords()).isEqualTo(records.subList(0, 19));
    }

    @Test
    public void testGarbledLength()
            throws Exception
    {
        List<QueryLogRecord> records = writeAndKill(20);
        Path file = openSegment();
        long end = endOfEntries(file);
        // the bytes after the last entry are not zero
        write(file, end, new byte[] {-1, -1, -1, 3, 8, 1, 16, 5});
        assertThat(open().liveRecords()).isEqualTo(records);
    }

    @Test
    public void testCorruptMiddle()
            throws Exception
    {
        writeAndKill(20);
        Path file = openSegment();
        long size = Files.size(file);
        byte[] before = Files.readAllBytes(file);
        write(file, endOfEntries(file) / 2, new byte[] {1, 2, 3, 4});
        assertThatThrownBy(() -> LogFiles.repair(file.getParent()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("%s is corrupt at byte", file)
                .hasMessageContaining("query-log.peers-version");
        // nothing was cut off
        assertThat(Files.size(file)).isEqualTo(size);
        Files.write(file, before);
        assertThat(open().liveRecords()).hasSize(20);
    }

    @Test
    public void testLengthCorruptInTheMiddle()
            throws Exception
    {
        writeAndKill(20);
        Path file = openSegment();
        // the length of the first entry reaches beyond the end of the file
        write(file, 8, new byte[] {-1, -1, -1, 7});
        assertThatThrownBy(() -> LogFiles.repair(file.getParent()))
                .hasMessageContaining("is corrupt at byte 8");
    }

    @Test
    public void testDiskFollowsLiveRecords()
            throws Exception
    {
        ElectedLog election = open();
        EmbeddedQueryLog log = election.log();
        QueryLogRecord kept = record(1_000);
        log.append(election.epoch(), kept).get(10, SECONDS);
        byte[] content = new byte[100_000];
        // 1 MB in each round, and altogether more than may remain on disk
        for (int i = 0; i < TestingTier.rounds(120, 200); i++) {
            List<CompletableFuture<Void>> appends = new ArrayList<>();
            for (int j = 0; j < 10; j++) {
                appends.add(log.append(election.epoch(), new QueryLogRecord("query" + j, SUBMITTED, content)));
                appends.add(log.append(election.epoch(), new QueryLogRecord("query" + j, FORGOTTEN, new byte[0])));
            }
            for (CompletableFuture<Void> append : appends) {
                append.get(10, SECONDS);
            }
        }
        assertThat(log.getSnapshots()).isGreaterThan(0);
        assertThat(log.getLiveRecords()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(log.getDiskBytes()).isLessThan(3 * RaftSettings.SEGMENT_BYTES));
        fixture.kill(log);
        assertThat(open().liveRecords()).containsExactly(kept);
    }

    @Test
    public void testCorruptSnapshot()
            throws Exception
    {
        ElectedLog election = open();
        for (int i = 0; i < 20; i++) {
            election.log().append(election.epoch(), new QueryLogRecord("query" + i, SUBMITTED, new byte[SNAPSHOT_BYTES / 4])).get(10, SECONDS);
        }
        await().until(() -> election.log().getSnapshots() > 0);
        fixture.kill(election.log());
        Path snapshot = find("snapshot.", "md5");
        byte[] before = Files.readAllBytes(snapshot);
        write(snapshot, before.length / 2, new byte[] {1, 2, 3});

        BlockingQueue<ElectedLog> elections = new ArrayBlockingQueue<>(10);
        EmbeddedQueryLog log = start(elections);
        await().until(() -> log.getLastError().contains("its checksum is missing or wrong"));
        assertThat(elections).isEmpty();
        assertThat(log.getProblem()).hasValueSatisfying(problem -> assertThat(problem)
                .startsWith("the query log of dispatcher %s cannot be opened: The snapshot ".formatted(member.nodeId())));

        // the snapshot is restored from a backup
        Files.write(snapshot, before);
        ElectedLog next = elections.poll(30, SECONDS);
        assertThat(next).isNotNull();
        assertThat(next.liveRecords()).hasSize(20);
        // a single member is elected while its log is still being opened
        await().untilAsserted(() -> assertThat(log.getProblem()).isEmpty());
    }

    @Test
    public void testOpenedTwice()
            throws Exception
    {
        ElectedLog election = open();
        BlockingQueue<ElectedLog> elections = new ArrayBlockingQueue<>(10);
        EmbeddedQueryLog second = start(elections);
        await().until(() -> !second.getLastError().isEmpty());
        election.log().append(election.epoch(), record(1)).get(10, SECONDS);
        assertThat(elections).isEmpty();
        election.log().close();
        ElectedLog next = elections.poll(30, SECONDS);
        assertThat(next).isNotNull();
        assertThat(next.liveRecords()).containsExactly(record(1));
    }

    @Test
    public void testDirectoryIsAFile()
            throws Exception
    {
        Files.writeString(fixture.directory(member.nodeId()), "no folder");
        BlockingQueue<ElectedLog> elections = new ArrayBlockingQueue<>(10);
        EmbeddedQueryLog log = start(elections);
        await().until(() -> !log.getLastError().isEmpty());
        Files.delete(fixture.directory(member.nodeId()));
        assertThat(elections.poll(30, SECONDS)).isNotNull();
        assertThat(log.getLastError()).isEmpty();
    }

    /**
     * Without {@code node.id}, every start makes a new one. A node id from the name of a pod may change, too.
     */
    @Test
    public void testNodeIdChanges()
            throws Exception
    {
        List<QueryLogRecord> records = new ArrayList<>(writeAndKill(20));
        Path directory = fixture.directory(member.nodeId());
        for (String nodeId : List.of("8b1a9953-c461-4abc-9d3e-0123456789ab", "dispatcher-0", member.nodeId())) {
            BlockingQueue<ElectedLog> elections = new ArrayBlockingQueue<>(10);
            BlockingQueue<QueryLogLeader> leaders = new ArrayBlockingQueue<>(10);
            QueryLogMember self = new QueryLogMember(nodeId, URI.create("http://%s.example.com:8081".formatted(nodeId)));
            EmbeddedQueryLog log = fixture.open(directory, nodeId, List.of(), 1, EmbeddedQueryLogFixture.SECRET);
            start(log, self, elections, leaders);
            ElectedLog election = elections.poll(30, SECONDS);
            assertThat(election).as("elected as %s", nodeId).isNotNull();
            assertThat(election.liveRecords()).isEqualTo(records);
            // the rest of the server knows this dispatcher by its current id and address
            assertThat(leaders.poll(30, SECONDS)).isEqualTo(new QueryLogLeader(election.epoch(), self));
            assertThat(log.getStatus().members()).containsExactly(nodeId);
            QueryLogRecord record = record(records.size());
            log.append(election.epoch(), record).get(10, SECONDS);
            records.add(record);
            fixture.kill(log);
        }
    }

    /**
     * The member file says to which member the log belongs.
     */
    @Test
    public void testDamagedMemberFile()
            throws Exception
    {
        List<QueryLogRecord> records = writeAndKill(20);
        Path file = fixture.directory(member.nodeId()).resolve("member");
        for (String content : List.of("", " \n", "\u0000\u0000\u0000\u0000", "\u00FF\u00FE", "one\ntwo", "a b", "\u20AC")) {
            Files.write(file, content.getBytes(content.equals("\u20AC") ? UTF_8 : ISO_8859_1));
            assertThatThrownBy(() -> fixture.open(member))
                    .as(content)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("%s is damaged, in which this dispatcher keeps the id that it has in the query log: restore the file, or remove it when node.id is as it was", file);
        }
        // this member would never lead, because it is not in the log's list of members
        Files.writeString(file, "elsewhere");
        assertThatThrownBy(() -> fixture.open(member))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("%s says that the query log is that of dispatcher elsewhere, but the log itself says that it is that of %s: restore the file, or remove it", file, member.nodeId());
        // as an editor may save the file
        Files.writeString(file, member.nodeId() + "\r\n\r\n");
        ElectedLog election = open();
        assertThat(election.liveRecords()).isEqualTo(records);
        fixture.kill(election.log());
        // the advice in the message helps
        Files.delete(file);
        assertThat(open().liveRecords()).isEqualTo(records);
        assertThat(file).hasContent(member.nodeId());
    }

    @Test
    public void testLongNodeId()
            throws Exception
    {
        String nodeId = "X_-0".repeat(64);
        QueryLogMember self = new QueryLogMember(nodeId, URI.create("http://example.com:8081"));
        for (int i = 0; i < 2; i++) {
            BlockingQueue<ElectedLog> elections = new ArrayBlockingQueue<>(10);
            EmbeddedQueryLog log = fixture.open(fixture.directory("long"), nodeId, List.of(), 1, EmbeddedQueryLogFixture.SECRET);
            start(log, self, elections, new ArrayBlockingQueue<>(100));
            ElectedLog election = elections.poll(30, SECONDS);
            assertThat(election).isNotNull();
            assertThat(election.liveRecords()).hasSize(i);
            log.append(election.epoch(), record(i)).get(10, SECONDS);
            assertThat(log.getStatus().members()).containsExactly(nodeId);
            fixture.kill(log);
        }
    }

    /**
     * A link may lead to the volume of a container, which may be another one after a restart.
     */
    @Test
    public void testDirectoryIsALink()
            throws Exception
    {
        Path link = fixture.directory("link");
        Path target = Files.createDirectory(fixture.directory("target"));
        Files.createSymbolicLink(link, target);
        ElectedLog election = openIn(link);
        election.log().append(election.epoch(), record(0)).get(10, SECONDS);
        fixture.kill(election.log());
        Path moved = Files.move(target, fixture.directory("moved"));

        // the link leads nowhere
        BlockingQueue<ElectedLog> elections = new ArrayBlockingQueue<>(10);
        EmbeddedQueryLog log = fixture.open(link, member.nodeId(), List.of(), 1, EmbeddedQueryLogFixture.SECRET);
        start(log, member, elections, new ArrayBlockingQueue<>(100));
        await().until(() -> log.getProblem().isPresent());
        assertThat(log.getProblem().get()).contains(link.toString(), "query-log.dir has to be a folder that the user of this process may make, read and write");
        Files.delete(link);
        Files.createSymbolicLink(link, moved);
        ElectedLog next = elections.poll(30, SECONDS);
        assertThat(next).isNotNull();
        assertThat(next.liveRecords()).containsExactly(record(0));
    }

    /**
     * Not even the superuser may make a folder there.
     */
    @Test
    public void testDirectoryCannotBeMade()
    {
        Path directory = Path.of("/proc/query-log");
        EmbeddedQueryLog log = fixture.open(directory, member.nodeId(), List.of(), 1, EmbeddedQueryLogFixture.SECRET);
        start(log, member, new ArrayBlockingQueue<>(10), new ArrayBlockingQueue<>(100));
        await().until(() -> log.getProblem().isPresent());
        assertThat(log.getProblem().get()).contains(directory.toString(), "query-log.dir has to be a folder that the user of this process may make, read and write");
    }

    private ElectedLog openIn(Path directory)
            throws InterruptedException
    {
        BlockingQueue<ElectedLog> elections = new ArrayBlockingQueue<>(10);
        start(fixture.open(directory, member.nodeId(), List.of(), 1, EmbeddedQueryLogFixture.SECRET), member, elections, new ArrayBlockingQueue<>(100));
        ElectedLog election = elections.poll(30, SECONDS);
        assertThat(election).isNotNull();
        return election;
    }

    private List<QueryLogRecord> writeAndKill(int count)
            throws Exception
    {
        ElectedLog election = open();
        List<QueryLogRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            QueryLogRecord record = record(i);
            records.add(record);
            election.log().append(election.epoch(), record).get(10, SECONDS);
        }
        fixture.kill(election.log());
        return records;
    }

    private static QueryLogRecord record(int i)
    {
        byte[] content = new byte[200];
        ByteBuffer.wrap(content).putInt(i);
        return new QueryLogRecord("query" + i, SUBMITTED, content);
    }

    private ElectedLog open()
            throws InterruptedException
    {
        BlockingQueue<ElectedLog> elections = new ArrayBlockingQueue<>(10);
        start(elections);
        ElectedLog election = elections.poll(30, SECONDS);
        assertThat(election).isNotNull();
        return election;
    }

    private EmbeddedQueryLog start(BlockingQueue<ElectedLog> elections)
    {
        EmbeddedQueryLog log = fixture.open(member);
        start(log, member, elections, new ArrayBlockingQueue<>(100));
        return log;
    }

    private static void start(EmbeddedQueryLog log, QueryLogMember self, BlockingQueue<ElectedLog> elections, BlockingQueue<QueryLogLeader> leaders)
    {
        log.start(self, new QueryLogListener()
        {
            @Override
            public void elected(long epoch, List<QueryLogRecord> liveRecords)
            {
                elections.add(new ElectedLog(log, epoch, liveRecords));
            }

            @Override
            public void deposed(long epoch) {}

            @Override
            public void leaderChanged(Optional<QueryLogLeader> leader)
            {
                leader.ifPresent(leaders::add);
            }
        });
    }

    private Path openSegment()
            throws IOException
    {
        return find("log_inprogress_", "");
    }

    private Path find(String prefix, String notSuffix)
            throws IOException
    {
        try (Stream<Path> files = Files.walk(fixture.directory(member.nodeId()))) {
            return files
                    .filter(file -> file.getFileName().toString().startsWith(prefix))
                    .filter(file -> notSuffix.isEmpty() || !file.getFileName().toString().endsWith(notSuffix))
                    .max((first, second) -> first.getFileName().compareTo(second.getFileName()))
                    .orElseThrow();
        }
    }

    private static long endOfEntries(Path file)
            throws IOException
    {
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length;
        while (bytes[end - 1] == 0) {
            end--;
        }
        // a checksum may end with a zero
        return end;
    }

    private static void truncate(Path file, long size)
            throws IOException
    {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(size);
        }
    }

    private static void write(Path file, long position, byte[] bytes)
            throws IOException
    {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(position);
            access.write(bytes);
        }
    }
}
