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
package io.prestosql.localcluster.artifact;

import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.Messages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The archive of the server that the checkout builds.
 */
public final class ServerArchive
{
    /** What the archive is made of, below the root. */
    private static final String[] MODULES = {"presto-spi", "presto-main", "presto-server"};

    private ServerArchive() {}

    /**
     * Returns the archive, and builds it if it is not there.
     *
     * @param rebuild whether to build it in any case
     * @throws ClusterException if the build fails
     */
    public static Path find(Checkout checkout, boolean rebuild, Messages messages)
    {
        Path archive = checkout.root().resolve("presto-server").resolve("target").resolve("presto-server-%s.tar.gz".formatted(checkout.version()));
        if (rebuild || !Files.exists(archive)) {
            build(checkout, archive, messages);
        }
        else {
            newerSource(checkout, archive)
                    .ifPresent(file -> messages.print("Note: %s is newer than the tarball; --build builds it again".formatted(checkout.root().relativize(file))));
        }
        return archive;
    }

    /**
     * Leaves out all that makes no part of the archive: tests, and checks of the sources.
     */
    private static void build(Checkout checkout, Path archive, Messages messages)
    {
        messages.print("Building " + archive.getFileName());
        if (!checkout.runMaven("-pl", "presto-server", "-am", "package", "-Dmaven.test.skip=true", "-Dair.check.skip-all=true")) {
            throw new ClusterException("The build failed, see above.");
        }
        if (!Files.exists(archive)) {
            throw new ClusterException("The build went well, but there is no " + archive);
        }
    }

    private static Optional<Path> newerSource(Checkout checkout, Path archive)
    {
        try {
            FileTime built = Files.getLastModifiedTime(archive);
            if (isNewer(checkout.pom(), built)) {
                return Optional.of(checkout.pom());
            }
            for (String module : MODULES) {
                Path folder = checkout.root().resolve(module);
                if (isNewer(folder.resolve("pom.xml"), built)) {
                    return Optional.of(folder.resolve("pom.xml"));
                }
                try (Stream<Path> files = Files.walk(folder.resolve("src").resolve("main"))) {
                    Optional<Path> newer = files.filter(file -> Files.isRegularFile(file) && isNewer(file, built)).findFirst();
                    if (newer.isPresent()) {
                        return newer;
                    }
                }
            }
            return Optional.empty();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isNewer(Path file, FileTime time)
    {
        try {
            return Files.getLastModifiedTime(file).compareTo(time) > 0;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
