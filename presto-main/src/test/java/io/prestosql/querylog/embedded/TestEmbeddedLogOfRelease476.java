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

import io.airlift.units.Duration;
import io.prestosql.queue.Release476Records;
import org.apache.ratis.conf.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The embedded log, a snapshot and segments, as release 476-1 has written it.
 */
public class TestEmbeddedLogOfRelease476
{
    @TempDir
    private Path folder;

    @Test
    public void testOneMember()
            throws Exception
    {
        Path directory = unpack("query-log.tar.gz");
        EmbeddedQueryLog store = new EmbeddedQueryLog(
                new EmbeddedQueryLogConfig()
                        .setDirectory(directory.toFile())
                        .setBindAddress("127.0.0.1")
                        .setAppendTimeout(new Duration(60, SECONDS)),
                "dispatcher-1",
                Optional.empty(),
                Optional.of("fixture-secret-476-1"),
                64L << 20,
                new Parameters());
        Release476Records.assertRead(store, "embedded-log/expected.json");
    }

    private Path unpack(String archive)
            throws IOException, InterruptedException
    {
        Path copy = folder.resolve(archive);
        try (InputStream input = requireNonNull(getClass().getResourceAsStream("/fixtures/476-1/embedded-log/" + archive), archive)) {
            Files.copy(input, copy);
        }
        // the archive keeps the holes of files that are reserved ahead
        Process tar = new ProcessBuilder(List.of("tar", "-xzf", copy.toString(), "-C", folder.toString())).inheritIO().start();
        assertThat(tar.waitFor()).isZero();
        return folder.resolve("query-log");
    }
}
