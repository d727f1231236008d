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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

import static java.util.stream.Collectors.joining;

/**
 * Provides Debian programs that a machine lacks: unpacks their packages below {@code target}, without root rights and without an
 * installation.
 */
final class DebianPackages
{
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private DebianPackages() {}

    /**
     * Unpacks the packages and their missing dependencies, unless they are there.
     *
     * @param name the name of the folder
     * @return the folder that is the root directory of the packages
     */
    static Path fetch(String name, String... packages)
    {
        Path folder = Artifacts.root().resolve("target").resolve("product-tests-" + name);
        String[] command = new String[packages.length + 2];
        command[0] = Artifacts.root().resolve("presto-product-tests/src/test/bin/fetch-debian-packages").toString();
        command[1] = folder.toString();
        System.arraycopy(packages, 0, command, 2, packages.length);
        ProgramRun.run(TIMEOUT, command).expectSuccess();
        return folder.resolve("root");
    }

    /**
     * Returns the folders with libraries below an unpacked root, as a program there needs them in {@code LD_LIBRARY_PATH}.
     */
    static String libraryPath(Path root)
    {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.getFileName().toString().contains(".so"))
                    .map(Path::getParent)
                    .distinct()
                    .map(Path::toString)
                    .collect(joining(":"));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the installed program, if there is one.
     */
    static Optional<Path> findInstalled(String program)
    {
        return Stream.concat(Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
