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
package io.prestosql.querylog;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteStreams;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.spi.querylog.QueryLogUnavailableException;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MINUTES;

/**
 * A member's log in its own process, which the operating system can kill and pause. Calls and answers go through the process's standard
 * input and output.
 */
public final class QueryLogProcess
        implements QueryLog
{
    private enum Call
    {
        START, APPEND, REPLACE, CONFIRM, CLOSE
    }

    private enum MessageKind
    {
        SUCCEEDED, DEPOSED, UNAVAILABLE, ELECTED, TOLD_DEPOSED, LEADER, NO_LEADER, CLOSED
    }

    private interface Message
    {
        void write(DataOutputStream output)
                throws IOException;
    }

    private final Process process;
    private final DataOutputStream output;
    private final ExecutorService sender = Executors.newSingleThreadExecutor(daemonThreadsNamed("query-log-process-%s"));
    private final Map<Long, CompletableFuture<Void>> open = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final AtomicLong nextCall = new AtomicLong();
    private volatile QueryLogListener listener;
    private boolean closing;

    /**
     * @param factory the class that makes the log, with a public constructor without arguments
     * @param argument the argument of the factory
     */
    public QueryLogProcess(Class<? extends Function<String, QueryLog>> factory, String argument)
            throws IOException
    {
        process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                QueryLogProcess.class.getName(),
                factory.getName(),
                argument)
                .redirectError(Redirect.DISCARD)
                .start();
        output = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        Thread.ofPlatform().daemon().name("query-log-process-answers").start(this::readAnswers);
    }

    @Override
    public void start(QueryLogMember self, QueryLogListener listener)
    {
        if (this.listener != null) {
            throw new IllegalStateException("already started");
        }
        this.listener = listener;
        send(output -> {
            output.writeByte(Call.START.ordinal());
            output.writeUTF(self.nodeId());
            output.writeUTF(self.address().toString());
        });
    }

    @Override
    public CompletableFuture<Void> append(long epoch, QueryLogRecord record)
    {
        return call(Call.APPEND, epoch, output -> writeRecord(output, record));
    }

    @Override
    public CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
    {
        return call(Call.REPLACE, epoch, output -> writeRecord(output, record));
    }

    @Override
    public CompletableFuture<Void> confirm(long epoch)
    {
        return call(Call.CONFIRM, epoch, _ -> {});
    }

    private CompletableFuture<Void> call(Call call, long epoch, Message arguments)
    {
        CompletableFuture<Void> future = new CompletableFuture<>();
        long id = nextCall.incrementAndGet();
        open.put(id, future);
        send(output -> {
            output.writeByte(call.ordinal());
            output.writeLong(id);
            output.writeLong(epoch);
            arguments.write(output);
        });
        if (closed.isDone()) {
            future.completeExceptionally(new QueryLogUnavailableException("closed"));
        }
        return future;
    }

    private void send(Message message)
    {
        try {
            sender.execute(() -> {
                try {
                    message.write(output);
                    output.flush();
                }
                catch (IOException e) {
                    // the process has gone
                    closed.complete(null);
                }
            });
        }
        catch (RejectedExecutionException e) {
            closed.complete(null);
        }
    }

    @Override
    public boolean isDurable()
    {
        return true;
    }

    @Override
    public void close()
    {
        synchronized (this) {
            if (closing) {
                return;
            }
            closing = true;
        }
        send(output -> output.writeByte(Call.CLOSE.ordinal()));
        closed.completeOnTimeout(null, 1, MINUTES).join();
        kill();
    }

    /**
     * Kills the process, which does not notice.
     */
    public void kill()
    {
        process.destroyForcibly().onExit().join();
        sender.shutdownNow();
    }

    /**
     * Sends {@code STOP} or {@code CONT}.
     */
    public void signal(String signal)
    {
        try {
            Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start();
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("kill failed");
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAnswers()
    {
        try (DataInputStream input = new DataInputStream(process.getInputStream())) {
            while (true) {
                MessageKind answer = MessageKind.values()[input.readByte()];
                switch (answer) {
                    case SUCCEEDED -> open.remove(input.readLong()).complete(null);
                    case DEPOSED -> open.remove(input.readLong()).completeExceptionally(new DeposedException(0));
                    case UNAVAILABLE -> open.remove(input.readLong()).completeExceptionally(new QueryLogUnavailableException("unavailable"));
                    case ELECTED -> {
                        long epoch = input.readLong();
                        int count = input.readInt();
                        List<QueryLogRecord> records = new ArrayList<>();
                        for (int i = 0; i < count; i++) {
                            records.add(readRecord(input));
                        }
                        listener.elected(epoch, records);
                    }
                    case TOLD_DEPOSED -> listener.deposed(input.readLong());
                    case LEADER -> listener.leaderChanged(Optional.of(new QueryLogLeader(input.readLong(), new QueryLogMember(input.readUTF(), URI.create(input.readUTF())))));
                    case NO_LEADER -> listener.leaderChanged(Optional.empty());
                    case CLOSED -> closed.complete(null);
                }
            }
        }
        catch (IOException e) {
            // the process has gone
        }
        closed.complete(null);
        open.values().forEach(future -> future.completeExceptionally(new QueryLogUnavailableException("gone")));
    }

    private static void writeRecord(DataOutputStream output, QueryLogRecord record)
            throws IOException
    {
        byte[] key = record.key().getBytes(UTF_8);
        output.writeInt(key.length);
        output.write(key);
        output.writeInt(record.kind().number());
        output.writeInt(record.content().length);
        output.write(record.content());
    }

    private static QueryLogRecord readRecord(DataInputStream input)
            throws IOException
    {
        byte[] key = new byte[input.readInt()];
        ByteStreams.readFully(input, key);
        Kind kind = Kind.fromNumber(input.readInt());
        byte[] content = new byte[input.readInt()];
        ByteStreams.readFully(input, content);
        return new QueryLogRecord(new String(key, UTF_8), kind, content);
    }

    /**
     * Runs a member's process: {@code QueryLogProcess FACTORY ARGUMENT}.
     */
    public static void main(String[] arguments)
            throws Exception
    {
        DataOutputStream output = new DataOutputStream(new BufferedOutputStream(System.out));
        // keeps the output of libraries away from the answers
        System.setOut(System.err);
        @SuppressWarnings("unchecked")
        Function<String, QueryLog> factory = (Function<String, QueryLog>) Class.forName(arguments[0]).getConstructor().newInstance();
        QueryLog log = factory.apply(arguments[1]);
        DataInputStream input = new DataInputStream(System.in);
        try {
            while (serve(log, input, output)) {
                // until it is closed
            }
        }
        catch (IOException e) {
            // the test has gone
            Runtime.getRuntime().halt(1);
        }
        Runtime.getRuntime().halt(0);
    }

    private static boolean serve(QueryLog log, DataInputStream input, DataOutputStream output)
            throws IOException
    {
        Call call = Call.values()[input.readByte()];
        switch (call) {
            case START -> log.start(new QueryLogMember(input.readUTF(), URI.create(input.readUTF())), new AnsweringListener(output));
            case APPEND -> {
                long id = input.readLong();
                answer(output, id, log.append(input.readLong(), readRecord(input)));
            }
            case REPLACE -> {
                long id = input.readLong();
                answer(output, id, log.replace(input.readLong(), readRecord(input)));
            }
            case CONFIRM -> {
                long id = input.readLong();
                answer(output, id, log.confirm(input.readLong()));
            }
            case CLOSE -> {
                log.close();
                answer(output, message -> message.writeByte(MessageKind.CLOSED.ordinal()));
                return false;
            }
        }
        return true;
    }

    private static void answer(DataOutputStream output, long id, CompletableFuture<Void> future)
    {
        future.whenComplete((_, failure) -> answer(output, message -> {
            message.writeByte((failure == null ? MessageKind.SUCCEEDED : failure instanceof DeposedException ? MessageKind.DEPOSED : MessageKind.UNAVAILABLE).ordinal());
            message.writeLong(id);
        }));
    }

    private static void answer(DataOutputStream output, Message message)
    {
        synchronized (output) {
            try {
                message.write(output);
                output.flush();
            }
            catch (IOException e) {
                Runtime.getRuntime().halt(1);
            }
        }
    }

    private record AnsweringListener(DataOutputStream output)
            implements QueryLogListener
    {
        @Override
        public void elected(long epoch, List<QueryLogRecord> liveRecords)
        {
            answer(output, message -> {
                message.writeByte(MessageKind.ELECTED.ordinal());
                message.writeLong(epoch);
                message.writeInt(liveRecords.size());
                for (QueryLogRecord record : ImmutableList.copyOf(liveRecords)) {
                    writeRecord(message, record);
                }
            });
        }

        @Override
        public void deposed(long epoch)
        {
            answer(output, message -> {
                message.writeByte(MessageKind.TOLD_DEPOSED.ordinal());
                message.writeLong(epoch);
            });
        }

        @Override
        public void leaderChanged(Optional<QueryLogLeader> leader)
        {
            answer(output, message -> {
                if (leader.isEmpty()) {
                    message.writeByte(MessageKind.NO_LEADER.ordinal());
                    return;
                }
                message.writeByte(MessageKind.LEADER.ordinal());
                message.writeLong(leader.get().epoch());
                message.writeUTF(leader.get().member().nodeId());
                message.writeUTF(leader.get().member().address().toString());
            });
        }
    }
}
