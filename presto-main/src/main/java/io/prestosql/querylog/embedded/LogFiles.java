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
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

/**
 * Checks and repairs the files with the entries of the log, before they are opened.
 * <p>
 * A process or a machine that dies during a write leaves a torn entry at the end of the last file. No caller was told that the entry is
 * durable, so it is cut off. A broken entry with whole ones behind it is different: the disk has lost durable entries. That is an error,
 * and nothing is changed.
 */
final class LogFiles
{
    private static final Logger log = Logger.get(LogFiles.class);

    private static final Pattern CLOSED = Pattern.compile("log_(\\d+)-(\\d+)");
    private static final Pattern OPEN = Pattern.compile("log_inprogress_(\\d+)");
    private static final byte[] HEADER = "RaftLog1".getBytes(US_ASCII);
    private static final int CHECKSUM_BYTES = 4;
    private static final int MAX_ENTRY_BYTES = 32 << 20;
    // how many entries behind a broken one a whole one may be
    private static final long MAX_GAP = 10_000_000;

    private LogFiles() {}

    /**
     * Cuts off a torn entry.
     *
     * @param directory the folder of the files; need not exist
     * @throws IOException when a file is broken in another way
     */
    static void repair(Path directory)
            throws IOException
    {
        if (!Files.isDirectory(directory)) {
            return;
        }
        for (Path file : list(directory)) {
            String name = file.getFileName().toString();
            Matcher closed = CLOSED.matcher(name);
            Matcher open = OPEN.matcher(name);
            if (closed.matches()) {
                long first = Long.parseLong(closed.group(1));
                long entries = Long.parseLong(closed.group(2)) - first + 1;
                Content content = read(file, first);
                if (content.entries() < entries) {
                    throw broken(file, content.validBytes());
                }
            }
            else if (open.matches()) {
                Content content = read(file, Long.parseLong(open.group(1)));
                if (!content.endsClean()) {
                    if (content.entriesBehind()) {
                        throw broken(file, content.validBytes());
                    }
                    log.warn("The last entry of %s is torn, as after a crash: it was not acknowledged, and is cut off at byte %s", file, content.validBytes());
                    try (FileChannel channel = FileChannel.open(file, WRITE)) {
                        channel.truncate(content.validBytes());
                        channel.force(true);
                    }
                }
            }
        }
    }

    private static List<Path> list(Path directory)
            throws IOException
    {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().collect(toImmutableList());
        }
    }

    private static IOException broken(Path file, long position)
    {
        return new IOException(("%s is corrupt at byte %s, and not only at its end: acknowledged records are lost. With other peers, stop this dispatcher, remove the folder of its query log, " +
                "and give it a new node.id in query-log.peers, with a higher query-log.peers-version. Alone, restore the folder from a backup, or remove it and begin with an empty queue").formatted(file, position));
    }

    private record Content(long entries, long validBytes, boolean endsClean, boolean entriesBehind) {}

    private static Content read(Path file, long firstIndex)
            throws IOException
    {
        ByteBuffer bytes;
        try (FileChannel channel = FileChannel.open(file, READ)) {
            bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        }
        int size = bytes.limit();
        if (isZero(bytes, 0)) {
            // created, but never written to
            return new Content(0, 0, true, false);
        }
        for (int i = 0; i < HEADER.length; i++) {
            if (i >= size || bytes.get(i) != HEADER[i]) {
                return new Content(0, 0, isZero(bytes, i), isEntryBehind(bytes, i, firstIndex));
            }
        }
        int position = HEADER.length;
        long entries = 0;
        while (position < size && bytes.get(position) != 0) {
            OptionalInt end = entryAt(bytes, position, firstIndex + entries, firstIndex + entries);
            if (end.isEmpty()) {
                return new Content(entries, position, false, isEntryBehind(bytes, position, firstIndex + entries));
            }
            position = end.getAsInt();
            entries++;
        }
        boolean clean = isZero(bytes, position);
        return new Content(entries, position, clean, !clean && isEntryBehind(bytes, position, firstIndex + entries));
    }

    private static boolean isZero(ByteBuffer bytes, int from)
    {
        for (int i = from; i < bytes.limit(); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isEntryBehind(ByteBuffer bytes, int from, long index)
    {
        for (int i = from + 1; i < bytes.limit(); i++) {
            if (entryAt(bytes, i, index + 1, index + MAX_GAP).isPresent()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns where the entry at the position ends, if there is a whole one with an index in the range.
     */
    private static OptionalInt entryAt(ByteBuffer bytes, int position, long minIndex, long maxIndex)
    {
        try {
            ByteBuffer input = bytes.duplicate().position(position);
            long length = readVarint(input);
            int start = input.position();
            if (length <= 0 || length > MAX_ENTRY_BYTES || start + length + CHECKSUM_BYTES > bytes.limit()) {
                return OptionalInt.empty();
            }
            // the first fields are the term and the index, which is omitted when it is 0: most bytes that are no entry fail here
            if (readVarint(input) != (LogEntryProto.TERM_FIELD_NUMBER << 3)) {
                return OptionalInt.empty();
            }
            readVarint(input);
            long index = readVarint(input) == (LogEntryProto.INDEX_FIELD_NUMBER << 3) ? readVarint(input) : 0;
            if (index < minIndex || index > maxIndex) {
                return OptionalInt.empty();
            }
            int end = start + (int) length;
            CRC32C checksum = new CRC32C();
            checksum.update(bytes.duplicate().position(position).limit(end));
            if ((int) checksum.getValue() != bytes.getInt(end)) {
                return OptionalInt.empty();
            }
            LogEntryProto.parseFrom(bytes.duplicate().position(start).limit(end));
            return OptionalInt.of(end + CHECKSUM_BYTES);
        }
        catch (InvalidProtocolBufferException | BufferUnderflowException e) {
            return OptionalInt.empty();
        }
    }

    private static long readVarint(ByteBuffer input)
    {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = input.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        return -1;
    }
}
