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

import com.google.common.collect.ImmutableList;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;

/**
 * Cleans up after a test once the test's process is gone, even if that was killed: its end of the pipe is then closed.
 */
final class Watchdog
{
    private final Process process;

    private Watchdog(Process process)
    {
        this.process = process;
    }

    /**
     * @param command a shell command, with the arguments as {@code $0}, {@code $1} and so on
     */
    static Watchdog start(String command, String... arguments)
    {
        try {
            return new Watchdog(new ProcessBuilder(ImmutableList.<String>builder()
                    .add("bash", "-c", "trap '' HUP INT TERM; cat > /dev/null; " + command)
                    .add(arguments)
                    .build())
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Ends the watchdog without running its command, as there is nothing left to clean up.
     */
    void cancel()
    {
        process.destroyForcibly();
    }
}
