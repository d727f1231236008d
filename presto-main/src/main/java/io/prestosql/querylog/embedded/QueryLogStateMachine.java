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

import io.airlift.log.Logger;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogRecord;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Objects.requireNonNull;

/**
 * The state that results from the entries of the log, on one member.
 * <p>
 * An entry counts only when it is in the log in the term that it names as its epoch. So an entry of a leader that was deposed, and perhaps
 * elected again, never counts, and every replica decides the same.
 * <p>
 * Snapshots are written in parallel to the stream of entries, from an immutable copy of the list of records. When a snapshot is complete,
 * the log in front of it is dropped.
 */
final class QueryLogStateMachine
        extends BaseStateMachine
{
    private static final Logger log = Logger.get(QueryLogStateMachine.class);

    /**
     * Hears the events of the replica. Calls come one at a time, and must return at once.
     */
    interface Observer
    {
        /**
         * The state was read again from disk, or from a snapshot of the leader. The entries that it has gained are not reported one by one.
         */
        void replaced();

        /**
         * The first entry of an epoch has been applied. The records are those that are live at that point.
         */
        void epochBegan(QueryLogLeader leader, LiveRecordsView liveRecords);

        void applied(long epoch, long sequence);

        void refused(long epoch, long sequence);

        /**
         * The entry is about to be in the log of this member, and perhaps of other members, for some time or for good.
         */
        void written(long epoch, long sequence);

        /**
         * This member leads and has applied all earlier entries of the log. The records are those that are live at that point.
         */
        void leaderReady(LiveRecordsView liveRecords);

        void notLeader();

        void leaderSeen();

        /**
         * The disk no longer takes entries.
         */
        void failed(Throwable failure);

        /**
         * A snapshot is complete and waits for {@link QueryLogStateMachine#takeSnapshot}.
         */
        void snapshotWritten();
    }

    /**
     * Creates the list of live records only when it is needed.
     */
    interface LiveRecordsView
    {
        List<QueryLogRecord> toList();
    }

    private static final String UNFINISHED_PREFIX = "unfinished.";

    private record WrittenSnapshot(TermIndex position, Path file, MD5Hash digest) {}

    private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
    private final Observer observer;
    private final Executor snapshotExecutor;
    private final long minBytesBetweenSnapshots;

    private LiveRecords liveRecords = new LiveRecords();
    private Optional<QueryLogLeader> leader = Optional.empty();
    private Optional<String> identity = Optional.empty();
    private long peersVersion = 1;
    private long bytesSinceSnapshot;
    private boolean writingSnapshot;
    private WrittenSnapshot writtenSnapshot;
    private long snapshots;

    QueryLogStateMachine(Observer observer, Executor snapshotExecutor, long minBytesBetweenSnapshots)
    {
        this.observer = requireNonNull(observer, "observer is null");
        this.snapshotExecutor = requireNonNull(snapshotExecutor, "snapshotExecutor is null");
        this.minBytesBetweenSnapshots = minBytesBetweenSnapshots;
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage raftStorage)
            throws IOException
    {
        super.initialize(server, groupId, raftStorage);
        getLifeCycle().startAndTransition(() -> {
            storage.init(raftStorage);
            removeUnfinishedSnapshots();
            load(storage.getLatestSnapshot());
        });
    }

    @Override
    public void pause()
    {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize()
            throws IOException
    {
        load(storage.loadLatestSnapshot());
        if (getLifeCycleState() == LifeCycle.State.PAUSED) {
            getLifeCycle().transition(LifeCycle.State.STARTING);
            getLifeCycle().transition(LifeCycle.State.RUNNING);
        }
    }

    @Override
    public StateMachineStorage getStateMachineStorage()
    {
        return storage;
    }

    private void removeUnfinishedSnapshots()
            throws IOException
    {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(storage.getSnapshotFile(0, 0).toPath().getParent(), UNFINISHED_PREFIX + "*")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    private synchronized void load(SingleFileSnapshotInfo snapshot)
            throws IOException
    {
        LogState state = new LogState(Optional.empty(), Optional.empty(), 1, List.of());
        TermIndex position = TermIndex.INITIAL_VALUE;
        if (snapshot != null) {
            File file = snapshot.getFile().getPath().toFile();
            MD5Hash digest = snapshot.getFile().getFileDigest();
            if (digest == null || !digest.equals(MD5FileUtil.computeMd5ForFile(file))) {
                throw new IOException(("The snapshot %s is corrupt: its checksum is missing or wrong. With other peers, stop this dispatcher, remove the folder of its query log, and give it a " +
                        "new node.id in query-log.peers, with a higher query-log.peers-version. Alone, restore the folder from a backup, or remove it and begin with an empty queue").formatted(file));
            }
            try (DataInputStream input = new DataInputStream(new BufferedInputStream(Files.newInputStream(file.toPath()), 1 << 16))) {
                state = LogState.read(input);
            }
            catch (IOException | RuntimeException e) {
                throw new IOException("Cannot read the snapshot %s: %s".formatted(file, e.getMessage()), e);
            }
            position = snapshot.getTermIndex();
        }
        liveRecords = new LiveRecords();
        state.liveRecords().forEach(liveRecords::append);
        leader = state.leader();
        identity = state.identity();
        peersVersion = state.peersVersion();
        bytesSinceSnapshot = 0;
        setLastAppliedTermIndex(position);
        observer.replaced();
    }

    @Override
    public TransactionContext preAppendTransaction(TransactionContext transaction)
    {
        LogEntry entry = LogEntry.decode(transaction.getStateMachineLogEntry().getLogData().newInput());
        entry.awaitedAs().ifPresent(sequence -> observer.written(entry.epoch(), sequence));
        return transaction;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction)
    {
        LogEntryProto proto = transaction.getLogEntry();
        int size = proto.getStateMachineLogEntry().getLogData().size();
        LogEntry entry = LogEntry.decode(proto.getStateMachineLogEntry().getLogData().newInput());
        synchronized (this) {
            apply(entry, entry.epoch() == proto.getTerm());
            updateLastAppliedTermIndex(proto.getTerm(), proto.getIndex());
            bytesSinceSnapshot += 128 + size;
            if (!writingSnapshot && writtenSnapshot == null && bytesSinceSnapshot >= Math.max(minBytesBetweenSnapshots, liveRecords.bytes())) {
                startSnapshot();
            }
        }
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    /**
     * @param counts whether the entry is in the log in the epoch in which it was written
     */
    private void apply(LogEntry entry, boolean counts)
    {
        if (!counts) {
            entry.awaitedAs().ifPresent(sequence -> observer.refused(entry.epoch(), sequence));
            return;
        }
        switch (entry) {
            case LogEntry.Leading(long epoch, var member, Optional<String> said) -> {
                // the first identity stays
                identity = identity.or(() -> said);
                leader = Optional.of(new QueryLogLeader(epoch, member));
                observer.epochBegan(leader.get(), liveRecords::toList);
            }
            case LogEntry.Appended(_, _, QueryLogRecord record) -> liveRecords.append(record);
            case LogEntry.Replaced(_, _, QueryLogRecord record) -> liveRecords.replace(record);
            case LogEntry.Confirmed _ -> {}
            case LogEntry.PeersChanged(_, long version) -> peersVersion = Math.max(peersVersion, version);
        }
        entry.awaitedAs().ifPresent(sequence -> observer.applied(entry.epoch(), sequence));
    }

    private void startSnapshot()
    {
        writingSnapshot = true;
        bytesSinceSnapshot = 0;
        LogState state = new LogState(leader, identity, peersVersion, liveRecords.toList());
        TermIndex position = getLastAppliedTermIndex();
        snapshotExecutor.execute(() -> {
            Optional<WrittenSnapshot> written = Optional.empty();
            try {
                written = Optional.of(write(state, position));
            }
            catch (IOException | RuntimeException e) {
                // the log keeps growing; another snapshot is tried soon
                log.error(e, "Cannot write a snapshot of the query log");
            }
            synchronized (this) {
                writingSnapshot = false;
                written.ifPresent(snapshot -> writtenSnapshot = snapshot);
            }
            if (written.isPresent()) {
                observer.snapshotWritten();
            }
        });
    }

    private WrittenSnapshot write(LogState state, TermIndex position)
            throws IOException
    {
        Path directory = storage.getSnapshotFile(0, 0).toPath().getParent();
        // gets the name of a snapshot only when it is complete
        Path file = directory.resolve("%s%s_%s".formatted(UNFINISHED_PREFIX, position.getTerm(), position.getIndex()));
        MessageDigest digest = MD5FileUtil.newMD5();
        try (FileChannel channel = FileChannel.open(file, CREATE, TRUNCATE_EXISTING, WRITE);
                DataOutputStream data = new DataOutputStream(new BufferedOutputStream(new DigestOutputStream(Channels.newOutputStream(channel), digest), 1 << 16))) {
            state.write(data);
            data.flush();
            channel.force(true);
        }
        return new WrittenSnapshot(position, file, MD5Hash.newInstance(digest.digest()));
    }

    /**
     * Makes the written snapshot the latest one.
     *
     * @return the position up to which the log is no longer needed
     */
    @Override
    public long takeSnapshot()
    {
        WrittenSnapshot written;
        synchronized (this) {
            written = writtenSnapshot;
            // a snapshot that was written before the state was read again from disk may be ahead of that state
            if (written != null && written.position().compareTo(getLastAppliedTermIndex()) <= 0) {
                try {
                    publish(written);
                    snapshots++;
                }
                catch (IOException e) {
                    // after an exception Ratis would not take another snapshot
                    log.error(e, "Cannot finish a snapshot of the query log");
                }
            }
            writtenSnapshot = null;
        }
        SingleFileSnapshotInfo latest = storage.getLatestSnapshot();
        return latest == null ? RaftLog.INVALID_LOG_INDEX : latest.getIndex();
    }

    private void publish(WrittenSnapshot written)
            throws IOException
    {
        File file = storage.getSnapshotFile(written.position().getTerm(), written.position().getIndex());
        // a snapshot is valid only with its checksum, so that is saved first
        MD5FileUtil.saveMD5File(file, written.digest());
        Files.move(written.file(), file.toPath(), ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(file.toPath().getParent(), READ)) {
            directory.force(true);
        }
        storage.updateLatestSnapshot(new SingleFileSnapshotInfo(new FileInfo(file.toPath(), written.digest()), written.position()));
    }

    /**
     * Returns whether {@link #takeSnapshot} has something to do.
     */
    synchronized boolean isSnapshotWritten()
    {
        return writtenSnapshot != null;
    }

    @Override
    public synchronized void notifyLeaderReady()
    {
        observer.leaderReady(liveRecords::toList);
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pendingEntries)
    {
        observer.notLeader();
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId self, RaftPeerId leader)
    {
        observer.leaderSeen();
    }

    @Override
    public void notifyLogFailed(Throwable cause, LogEntryProto failedEntry)
    {
        observer.failed(cause);
    }

    synchronized Optional<QueryLogLeader> leader()
    {
        return leader;
    }

    /**
     * Returns the identity of the log, once a leader has written it.
     */
    synchronized Optional<String> identity()
    {
        return identity;
    }

    synchronized long peersVersion()
    {
        return peersVersion;
    }

    synchronized int numberOfLiveRecords()
    {
        return liveRecords.size();
    }

    synchronized long bytesOfLiveRecords()
    {
        return liveRecords.bytes();
    }

    synchronized long snapshots()
    {
        return snapshots;
    }
}
