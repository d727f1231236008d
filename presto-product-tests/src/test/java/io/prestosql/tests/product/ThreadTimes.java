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
package io.prestosql.tests.product;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/**
 * What each thread of a process has used of the processors until now, as the kernel counts it, see proc(5).
 *
 * @param threads by the thread's id
 */
record ThreadTimes(Map<String, ThreadTime> threads)
{
    /** As the kernel tells it to all processes. */
    private static final double TICKS_PER_SECOND = 100;
    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;

    /**
     * @param name the first 15 characters of the thread's name
     */
    private record ThreadTime(String name, long ticks)
    {
        /**
         * @param statistics the process' number, the name in parentheses, and numbers
         */
        static ThreadTime parse(String statistics)
        {
            int end = statistics.lastIndexOf(')');
            List<String> fields = Splitter.on(' ').splitToList(statistics.substring(end + 2));
            return new ThreadTime(statistics.substring(statistics.indexOf('(') + 1, end), Long.parseLong(fields.get(USER_TICKS)) + Long.parseLong(fields.get(SYSTEM_TICKS)));
        }
    }

    ThreadTimes
    {
        threads = ImmutableMap.copyOf(threads);
    }

    static ThreadTimes of(long pid)
            throws IOException
    {
        ImmutableMap.Builder<String, ThreadTime> threads = ImmutableMap.builder();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "task"))) {
            for (Path folder : folders) {
                try {
                    threads.put(folder.getFileName().toString(), ThreadTime.parse(Files.readString(folder.resolve("stat"), ISO_8859_1)));
                }
                catch (IOException e) {
                    // the thread has ended
                }
            }
        }
        return new ThreadTimes(threads.buildOrThrow());
    }

    /**
     * Returns what the threads of these names that are still there have used since then, in seconds.
     */
    double secondsSince(ThreadTimes earlier, Predicate<String> names)
    {
        long ticks = 0;
        for (Map.Entry<String, ThreadTime> thread : threads.entrySet()) {
            if (names.test(thread.getValue().name())) {
                ThreadTime before = earlier.threads.get(thread.getKey());
                ticks += thread.getValue().ticks() - (before == null ? 0 : before.ticks());
            }
        }
        return ticks / TICKS_PER_SECOND;
    }
}
