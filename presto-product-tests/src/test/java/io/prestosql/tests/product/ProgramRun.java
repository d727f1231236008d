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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * A finished run of a program.
 *
 * @param output the text that it has written to standard output
 * @param errors the text that it has written to standard error
 */
record ProgramRun(List<String> command, int exitStatus, String output, String errors)
{
    /**
     * Lets an interrupt end the command that follows. Tests that run in the background of a shell ignore interrupts, and so would every
     * process that they start.
     */
    static final List<String> INTERRUPTIBLE = ImmutableList.of("/usr/bin/env", "--default-signal=INT");

    static ProgramRun run(Duration timeout, String... command)
    {
        return run(timeout, Map.of(), "", ImmutableList.copyOf(command));
    }

    static ProgramRun run(Duration timeout, Map<String, String> environment, String input, List<String> command)
    {
        // files, not pipes: a server that the program leaves behind would keep a pipe open and block this method
        Path output = null;
        Path errors = null;
        Path inputs = null;
        Process process = null;
        try {
            output = Files.createTempFile("product-test", ".out");
            errors = Files.createTempFile("product-test", ".err");
            inputs = Files.createTempFile("product-test", ".in");
            Files.writeString(inputs, input);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(inputs.toFile())
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile());
            builder.environment().putAll(environment);
            process = builder.start();
            if (!process.waitFor(timeout.toMillis(), MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("Not over after %s: %s%n%s%n%s".formatted(timeout, command, read(output), read(errors)));
            }
            return new ProgramRun(ImmutableList.copyOf(command), process.exitValue(), read(output), read(errors));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while waiting for " + command, e);
        }
        finally {
            delete(output);
            delete(errors);
            delete(inputs);
        }
    }

    /**
     * Fails if the program has failed.
     */
    ProgramRun expectSuccess()
    {
        if (exitStatus != 0) {
            throw new AssertionError("Exit status %s of %s%n%s%n%s".formatted(exitStatus, command, output, errors));
        }
        return this;
    }

    private static String read(Path path)
            throws IOException
    {
        return new String(Files.readAllBytes(path), UTF_8);
    }

    private static void delete(Path path)
    {
        if (path != null) {
            try {
                Files.deleteIfExists(path);
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
