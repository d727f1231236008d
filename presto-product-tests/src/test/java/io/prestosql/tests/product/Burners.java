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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processes that only keep the processors busy. They end with this process, even if that is killed.
 */
final class Burners
        implements AutoCloseable
{
    private final Process process;

    private Burners(Process process)
    {
        this.process = process;
    }

    static Burners start(int count)
    {
        try {
            return new Burners(new ProcessBuilder(
                    "bash",
                    "-c",
                    """
                    trap '' HUP INT TERM
                    trap 'kill -9 $(jobs -p)' EXIT
                    for ((i = 0; i < $0; i++)); do
                        (exec < /dev/null; while :; do :; done) &
                    done
                    cat > /dev/null
                    """,
                    String.valueOf(count))
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the load average of the last minute: how many processes and threads wanted a processor at the same time.
     */
    static double loadAverage()
    {
        try {
            return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns when all processes have ended.
     */
    @Override
    public void close()
    {
        try {
            process.getOutputStream().close();
            process.waitFor();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
