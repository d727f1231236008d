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

import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalLong;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * An entry that a leader writes to the log, with the epoch in which it leads. An entry that got into the log in another epoch counts as not
 * written.
 */
sealed interface LogEntry
{
    byte FORMAT = 1;

    long epoch();

    /**
     * Returns the sequence number by which the leader that wrote the entry waits for its outcome; empty when it does not wait.
     */
    default OptionalLong awaitedAs()
    {
        return switch (this) {
            case Appended appended -> OptionalLong.of(appended.sequence());
            case Replaced replaced -> OptionalLong.of(replaced.sequence());
            case Confirmed confirmed -> OptionalLong.of(confirmed.sequence());
            case Leading _, PeersChanged _ -> OptionalLong.empty();
        };
    }

    /**
     * The first entry of every leader.
     *
     * @param identity the identity of the log, which the first leader has created; empty from a leader of release 476-1
     */
    record Leading(long epoch, QueryLogMember member, Optional<String> identity)
            implements LogEntry
    {
        public Leading
        {
            requireNonNull(member, "member is null");
            requireNonNull(identity, "identity is null");
        }
    }

    /**
     * Release 476-1 does not know {@link Kind#LASTING lasting} records: it takes the entry of one for an entry of another epoch, which counts
     * as not written, and goes on without that record.
     *
     * @param sequence distinguishes the entries of one epoch
     */
    record Appended(long epoch, long sequence, QueryLogRecord record)
            implements LogEntry
    {
        public Appended
        {
            requireNonNull(record, "record is null");
        }
    }

    /**
     * Replaces the content of a live record. Release 476-1 does not know this entry: it takes it for one of another epoch, which counts as
     * not written, and keeps the old content.
     *
     * @param sequence distinguishes the entries of one epoch
     */
    record Replaced(long epoch, long sequence, QueryLogRecord record)
            implements LogEntry
    {
        public Replaced
        {
            requireNonNull(record, "record is null");
            checkArgument(record.kind() != Kind.LASTING, "a lasting record takes the place of another one when it is appended");
        }
    }

    /**
     * The group matches the configuration of this version.
     */
    record PeersChanged(long epoch, long peersVersion)
            implements LogEntry {}

    /**
     * Changes nothing. Once applied, it proves that there was no other leader when it was written.
     */
    record Confirmed(long epoch, long sequence)
            implements LogEntry {}

    default byte[] encode()
    {
        int contentBytes = switch (this) {
            case Appended appended -> appended.record().content().length;
            case Replaced replaced -> replaced.record().content().length;
            case Leading _, Confirmed _, PeersChanged _ -> 64;
        };
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 + contentBytes);
        try (DataOutputStream output = new DataOutputStream(bytes)) {
            output.writeByte(FORMAT);
            switch (this) {
                case Leading(long epoch, QueryLogMember member, Optional<String> identity) -> {
                    output.writeByte('L');
                    output.writeLong(epoch);
                    writeMember(output, member, identity);
                }
                case Appended(long epoch, long sequence, QueryLogRecord record) -> {
                    output.writeByte('A');
                    output.writeLong(record.kind() == Kind.LASTING ? ~epoch : epoch);
                    output.writeLong(sequence);
                    writeRecord(output, record);
                }
                case Replaced(long epoch, long sequence, QueryLogRecord record) -> {
                    output.writeByte('A');
                    output.writeLong(~epoch);
                    output.writeLong(sequence);
                    writeRecord(output, record);
                }
                case Confirmed(long epoch, long sequence) -> {
                    output.writeByte('C');
                    output.writeLong(epoch);
                    output.writeLong(sequence);
                }
                case PeersChanged(long epoch, long peersVersion) -> {
                    output.writeByte('P');
                    output.writeLong(epoch);
                    output.writeLong(peersVersion);
                }
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * @throws IllegalArgumentException when the bytes are no entry, or one of a newer release
     */
    static LogEntry decode(InputStream bytes)
    {
        try (DataInputStream input = new DataInputStream(bytes)) {
            byte format = input.readByte();
            if (format != FORMAT) {
                throw new IllegalArgumentException("Entry of the query log has the unknown format %s: it may come from a newer release".formatted(format));
            }
            byte type = input.readByte();
            LogEntry entry = switch (type) {
                case 'L' -> {
                    long epoch = input.readLong();
                    NamedMember named = readMember(input);
                    yield new Leading(epoch, named.member(), named.identity());
                }
                case 'A' -> {
                    long epoch = input.readLong();
                    long sequence = input.readLong();
                    if (epoch >= 0) {
                        yield new Appended(epoch, sequence, readRecord(input));
                    }
                    QueryLogRecord record = readLiveRecord(input);
                    yield record.kind() == Kind.LASTING ? new Appended(~epoch, sequence, record) : new Replaced(~epoch, sequence, record);
                }
                case 'C' -> new Confirmed(input.readLong(), input.readLong());
                case 'P' -> new PeersChanged(input.readLong(), input.readLong());
                default -> throw new IllegalArgumentException("Entry of the query log has the unknown type %s: it may come from a newer release".formatted(type));
            };
            if (input.read() != -1) {
                throw new IllegalArgumentException("Entry of the query log is longer than it should be");
            }
            return entry;
        }
        catch (IOException e) {
            throw new IllegalArgumentException("Entry of the query log is too short", e);
        }
    }

    /**
     * A leader, and the identity of the log that it leads.
     */
    record NamedMember(QueryLogMember member, Optional<String> identity) {}

    /**
     * Writes the identity as the fragment of the address. Release 476-1 writes no fragment there, and tolerates one.
     */
    static void writeMember(DataOutputStream output, QueryLogMember member, Optional<String> identity)
            throws IOException
    {
        output.writeUTF(member.nodeId());
        output.writeUTF(member.address() + identity.map(name -> "#" + name).orElse(""));
    }

    static NamedMember readMember(DataInputStream input)
            throws IOException
    {
        String nodeId = input.readUTF();
        String address = input.readUTF();
        int fragment = address.indexOf('#');
        if (fragment < 0) {
            return new NamedMember(new QueryLogMember(nodeId, URI.create(address)), Optional.empty());
        }
        return new NamedMember(new QueryLogMember(nodeId, URI.create(address.substring(0, fragment))), Optional.of(address.substring(fragment + 1)));
    }

    /**
     * Writes a lasting record with the number of a forgotten one: release 476-1 stops at a number that it does not know, and has nothing to
     * forget for that key.
     */
    static void writeRecord(DataOutputStream output, QueryLogRecord record)
            throws IOException
    {
        output.writeUTF(record.key());
        output.writeByte((record.kind() == Kind.LASTING ? Kind.FORGOTTEN : record.kind()).number());
        output.writeInt(record.content().length);
        output.write(record.content());
    }

    static QueryLogRecord readRecord(DataInputStream input)
            throws IOException
    {
        return new QueryLogRecord(input.readUTF(), Kind.fromNumber(input.readByte()), readBytes(input, QueryLogRecord.MAX_CONTENT_BYTES));
    }

    /**
     * Reads a record that cannot be a forgotten one.
     */
    static QueryLogRecord readLiveRecord(DataInputStream input)
            throws IOException
    {
        QueryLogRecord record = readRecord(input);
        return record.kind() == Kind.FORGOTTEN ? new QueryLogRecord(record.key(), Kind.LASTING, record.content()) : record;
    }

    private static byte[] readBytes(DataInputStream input, int maxLength)
            throws IOException
    {
        int length = input.readInt();
        if (length < 0 || length > maxLength) {
            throw new IllegalArgumentException("Entry of the query log has a value of %s bytes".formatted(length));
        }
        byte[] bytes = new byte[length];
        input.readFully(bytes);
        return bytes;
    }
}
