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

import io.airlift.http.client.HttpUriBuilder;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestLogEntry
{
    private static final QueryLogMember MEMBER = new QueryLogMember("node", URI.create("https://host.example.com:8443"));
    private static final String IDENTITY = "embedded:5f2b";
    private static final List<LogEntry> ENTRIES = List.of(
            new LogEntry.Leading(7, MEMBER, Optional.empty()),
            new LogEntry.Leading(7, MEMBER, Optional.of(IDENTITY)),
            new LogEntry.PeersChanged(8, 3),
            new LogEntry.Confirmed(9, 4),
            new LogEntry.Replaced(5, 6, new QueryLogRecord("query", Kind.SUBMITTED, new byte[] {7})),
            new LogEntry.Appended(5, 7, new QueryLogRecord("fact", Kind.LASTING, new byte[] {8})),
            new LogEntry.Appended(1, Long.MAX_VALUE, new QueryLogRecord("\u00e4 \ud800 \0", Kind.CANCELED, new byte[] {0, -1, 5})),
            new LogEntry.Appended(Long.MAX_VALUE, 0, new QueryLogRecord("x".repeat(QueryLogRecord.MAX_KEY_LENGTH), Kind.ENDED, new byte[QueryLogRecord.MAX_CONTENT_BYTES])));

    private static LogEntry decode(byte[] bytes)
    {
        return LogEntry.decode(new ByteArrayInputStream(bytes));
    }

    @Test
    public void testRoundTrip()
    {
        for (LogEntry entry : ENTRIES) {
            // avoids AssertJ's description, which would be long
            assertThat(decode(entry.encode()).equals(entry)).isTrue();
        }
    }

    @Test
    public void testBroken()
    {
        for (LogEntry entry : ENTRIES.subList(0, 7)) {
            byte[] bytes = entry.encode();
            for (int i = 0; i < bytes.length; i++) {
                byte[] shorter = Arrays.copyOf(bytes, i);
                assertThatThrownBy(() -> decode(shorter)).isInstanceOf(IllegalArgumentException.class);
            }
            assertThatThrownBy(() -> decode(Arrays.copyOf(bytes, bytes.length + 1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        byte[] newer = ENTRIES.getFirst().encode();
        newer[0] = 2;
        assertThatThrownBy(() -> decode(newer))
                .hasMessage("Entry of the query log has the unknown format 2: it may come from a newer release");
    }

    /**
     * Release 476-1 compares the epoch with the term of the entry, and treats the entry as not written.
     */
    @Test
    public void testRelease476IgnoresReplacement()
            throws IOException
    {
        QueryLogRecord record = new QueryLogRecord("query", Kind.SUBMITTED, new byte[] {7});
        DataInputStream input = new DataInputStream(new ByteArrayInputStream(new LogEntry.Replaced(5, 6, record).encode()));
        assertThat(input.readByte()).isEqualTo((byte) 1);
        assertThat(input.readByte()).isEqualTo((byte) 'A');
        assertThat(input.readLong()).isNegative();
        assertThat(input.readLong()).isEqualTo(6);
        assertThat(LogEntry.readRecord(input)).isEqualTo(record);
        assertThat(input.read()).isEqualTo(-1);
    }

    /**
     * Release 476-1 compares the epoch with the term of the entry, and knows the number of a forgotten record.
     */
    @Test
    public void testRelease476IgnoresLastingRecord()
            throws IOException
    {
        QueryLogRecord record = new QueryLogRecord("fact", Kind.LASTING, new byte[] {7});
        DataInputStream input = new DataInputStream(new ByteArrayInputStream(new LogEntry.Appended(5, 6, record).encode()));
        assertThat(input.readByte()).isEqualTo((byte) 1);
        assertThat(input.readByte()).isEqualTo((byte) 'A');
        assertThat(input.readLong()).isNegative();
        assertThat(input.readLong()).isEqualTo(6);
        assertThat(LogEntry.readRecord(input)).isEqualTo(new QueryLogRecord("fact", Kind.FORGOTTEN, new byte[] {7}));
        assertThat(input.read()).isEqualTo(-1);

        // the record of a snapshot, too
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        LogEntry.writeRecord(new DataOutputStream(output), record);
        assertThat(LogEntry.readRecord(new DataInputStream(new ByteArrayInputStream(output.toByteArray())))).isEqualTo(new QueryLogRecord("fact", Kind.FORGOTTEN, new byte[] {7}));
    }

    @Test
    public void testState()
            throws IOException
    {
        for (Optional<QueryLogLeader> leader : List.of(Optional.<QueryLogLeader>empty(), Optional.of(new QueryLogLeader(9, MEMBER)))) {
            LogState state = new LogState(leader, leader.map(_ -> IDENTITY), 4, List.of(
                    new QueryLogRecord("a", Kind.SUBMITTED, new byte[] {1}),
                    new QueryLogRecord("fact", Kind.LASTING, new byte[] {2}),
                    new QueryLogRecord("b", Kind.SUBMITTED, new byte[0])));
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            state.write(new DataOutputStream(output));
            byte[] bytes = output.toByteArray();
            assertThat(read(bytes)).isEqualTo(state);
            for (int i = 0; i < bytes.length; i++) {
                byte[] shorter = Arrays.copyOf(bytes, i);
                assertThatThrownBy(() -> read(shorter)).isInstanceOf(IOException.class);
            }
            assertThatThrownBy(() -> read(Arrays.copyOf(bytes, bytes.length + 1))).isInstanceOf(IOException.class);
        }
    }

    @Test
    public void testRelease476IgnoresIdentity()
            throws IOException
    {
        // release 476-1 takes all of this text for the leader's address, and calls paths at its host and port
        DataInputStream input = new DataInputStream(new ByteArrayInputStream(new LogEntry.Leading(7, MEMBER, Optional.of(IDENTITY)).encode()));
        input.skipNBytes(2 + Long.BYTES);
        assertThat(input.readUTF()).isEqualTo("node");
        URI address = URI.create(input.readUTF());
        assertThat(HttpUriBuilder.uriBuilderFrom(address).appendPath("/v1/queue").build()).isEqualTo(URI.create("https://host.example.com:8443/v1/queue"));
    }

    private static LogState read(byte[] bytes)
            throws IOException
    {
        return LogState.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    }
}
