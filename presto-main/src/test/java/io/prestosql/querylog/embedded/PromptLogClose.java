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

import org.apache.ratis.server.raftlog.RaftLog;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.concurrent.ExecutorService;

/**
 * Lets a log close at once. The thread of Ratis that writes the log looks once a second whether it is closed, so that a close takes up to
 * a second.
 */
public final class PromptLogClose
{
    private static final Duration CLOSE_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration WRITE_TIME = Duration.ofMillis(20);

    private PromptLogClose() {}

    /**
     * Must be called before the log is closed, from another thread or this one.
     */
    public static void prepare(EmbeddedQueryLog log)
    {
        log.member().ifPresent(member -> Thread.ofPlatform()
                .daemon()
                .name("prompt-log-close")
                .start(() -> endWriter(member.raftLog())));
    }

    private static void endWriter(RaftLog log)
    {
        try {
            Object writer = get(log, "fileLogWorker");
            long start = System.nanoTime();
            while ((boolean) get(writer, "running")) {
                if (System.nanoTime() - start > CLOSE_TIMEOUT.toNanos()) {
                    return;
                }
                Thread.sleep(WRITE_TIME);
            }
            // what is being written gets as much time again: an interrupt breaks it off
            Thread.sleep(WRITE_TIME);
            ((ExecutorService) get(writer, "workerThreadExecutor")).shutdownNow();
        }
        catch (ReflectiveOperationException e) {
            throw new RuntimeException("Ratis has changed", e);
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Object get(Object object, String name)
            throws ReflectiveOperationException
    {
        Field field = object.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(object);
    }
}
