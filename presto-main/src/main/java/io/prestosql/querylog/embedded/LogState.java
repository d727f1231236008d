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
import io.prestosql.spi.querylog.QueryLogRecord;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The result of applying all entries of the log, as stored in a snapshot.
 *
 * @param identity the identity of the log, if a leader has written it; stored with the leader
 * @param peersVersion the version of the configuration that last changed the group, or 1
 */
record LogState(Optional<QueryLogLeader> leader, Optional<String> identity, long peersVersion, List<QueryLogRecord> liveRecords)
{
    private static final int MAGIC = 0x51_4c_6f_67;
    private static final int FORMAT = 1;

    LogState
    {
        requireNonNull(leader, "leader is null");
        requireNonNull(identity, "identity is null");
        // not copied: there may be many
        requireNonNull(liveRecords, "liveRecords is null");
    }

    void write(DataOutputStream output)
            throws IOException
    {
        output.writeInt(MAGIC);
        output.writeInt(FORMAT);
        output.writeBoolean(leader.isPresent());
        if (leader.isPresent()) {
            output.writeLong(leader.get().epoch());
            LogEntry.writeMember(output, leader.get().member(), identity);
        }
        output.writeLong(peersVersion);
        output.writeInt(liveRecords.size());
        for (QueryLogRecord record : liveRecords) {
            LogEntry.writeRecord(output, record);
        }
        output.writeInt(MAGIC);
    }

    /**
     * @throws IOException when the bytes are no whole snapshot, or one of a newer release
     */
    static LogState read(DataInputStream input)
            throws IOException
    {
        if (input.readInt() != MAGIC) {
            throw new IOException("Not a snapshot of the query log");
        }
        int format = input.readInt();
        if (format != FORMAT) {
            throw new IOException("Snapshot of the query log has the unknown format %s: it may come from a newer release".formatted(format));
        }
        Optional<QueryLogLeader> leader = Optional.empty();
        Optional<String> identity = Optional.empty();
        if (input.readBoolean()) {
            long epoch = input.readLong();
            LogEntry.NamedMember named = LogEntry.readMember(input);
            leader = Optional.of(new QueryLogLeader(epoch, named.member()));
            identity = named.identity();
        }
        long peersVersion = input.readLong();
        QueryLogRecord[] liveRecords = new QueryLogRecord[input.readInt()];
        for (int i = 0; i < liveRecords.length; i++) {
            liveRecords[i] = LogEntry.readLiveRecord(input);
        }
        if (input.readInt() != MAGIC || input.read() != -1) {
            throw new IOException("Snapshot of the query log does not end where it should");
        }
        return new LogState(leader, identity, peersVersion, List.of(liveRecords));
    }
}
