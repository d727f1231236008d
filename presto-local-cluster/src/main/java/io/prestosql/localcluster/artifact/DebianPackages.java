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

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.program.ForegroundProgram;
import io.prestosql.localcluster.program.ProgramResult;
import io.prestosql.localcluster.report.ClusterException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static java.util.stream.Collectors.joining;

/**
 * Provides Debian's programs that a machine lacks: fetches their packages, and those that they need, and unpacks them below one folder. This
 * installs nothing and needs no root rights.
 */
public final class DebianPackages
{
    private static final String MARKER = "packages";

    private final Path folder;
    private final List<String> packages;

    private DebianPackages(Path folder, List<String> packages)
    {
        this.folder = folder;
        this.packages = ImmutableList.copyOf(packages);
    }

    /**
     * Unpacks the packages and the missing ones among those that they need, unless they are there.
     *
     * @return the folder that is the packages' root directory
     * @throws ClusterException if this is not Debian, nor like it, or if the packages cannot be fetched
     */
    public static Path fetch(Path folder, String... packages)
    {
        return new DebianPackages(folder, ImmutableList.copyOf(packages)).fetch();
    }

    public static boolean isAvailable(Path folder, String... packages)
    {
        return new DebianPackages(folder, ImmutableList.copyOf(packages)).isAvailable();
    }

    /**
     * Returns the folders with libraries below the root directory, as a program there needs them in {@code LD_LIBRARY_PATH}.
     */
    public static String libraryPath(Path root)
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

    private boolean isAvailable()
    {
        try {
            Path marker = folder.resolve(MARKER);
            return Files.exists(marker) && Files.readString(marker).strip().equals(String.join(" ", packages));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path fetch()
    {
        Path root = folder.resolve("root");
        if (isAvailable()) {
            return root;
        }
        for (String program : List.of("apt-get", "dpkg-deb")) {
            if (ForegroundProgram.find(program).isEmpty()) {
                throw new ClusterException("%s is not there: this is not Debian, nor like it. Install %s in another way".formatted(program, String.join(" ", packages)));
            }
        }
        try {
            Files.createDirectories(folder);
            Path work = Files.createTempDirectory(folder, "fetch.");
            try {
                Path unpacked = Files.createDirectory(work.resolve("root"));
                download(work);
                unpack(work, unpacked);
                Files.deleteIfExists(folder.resolve(MARKER));
                delete(root);
                Files.move(unpacked, root);
                Files.writeString(folder.resolve(MARKER), String.join(" ", packages));
            }
            finally {
                delete(work);
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return root;
    }

    private void download(Path work)
            throws IOException
    {
        if (tryDownload(work, ImmutableList.of()).succeeded()) {
            return;
        }
        // this machine's lists are missing or old; with lists of our own this needs no root rights
        Files.createDirectories(work.resolve("lists").resolve("partial"));
        Files.createDirectories(work.resolve("archives").resolve("partial"));
        List<String> ownLists = ImmutableList.of("-o", "Dir::State::Lists=" + work.resolve("lists"), "-o", "Dir::Cache=" + work);
        ProgramResult result = apt(work, ownLists, ImmutableList.of("update"));
        if (result.succeeded()) {
            result = tryDownload(work, ownLists);
        }
        if (!result.succeeded()) {
            throw new ClusterException("could not fetch " + String.join(" ", packages), result.output().lines().toList());
        }
    }

    /**
     * Downloads the packages that an installation would add to this machine.
     */
    private ProgramResult tryDownload(Path work, List<String> options)
    {
        ProgramResult simulation = apt(work, options, ImmutableList.<String>builder()
                .add("--simulate", "--no-install-recommends", "install")
                .addAll(packages)
                .build());
        if (!simulation.succeeded()) {
            return simulation;
        }
        return apt(work, options, ImmutableList.<String>builder()
                .add("download")
                .addAll(simulation.output().lines()
                        .filter(line -> line.startsWith("Inst "))
                        .map(line -> line.split(" ")[1])
                        .iterator())
                .build());
    }

    private static ProgramResult apt(Path work, List<String> options, List<String> arguments)
    {
        return ForegroundProgram.of(ImmutableList.<String>builder()
                .add("apt-get", "-q", "-q", "-o", "APT::Sandbox::User=" + System.getProperty("user.name"), "-o", "Debug::NoLocking=1")
                .addAll(options)
                .addAll(arguments)
                .build())
                .in(work)
                .run();
    }

    private static void unpack(Path work, Path root)
            throws IOException
    {
        List<Path> files;
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(work, "*.deb")) {
            files = ImmutableList.sortedCopyOf(stream);
        }
        for (Path file : files) {
            ProgramResult result = ForegroundProgram.of("dpkg-deb", "-x", file.toString(), root.toString()).run();
            if (!result.succeeded()) {
                throw new ClusterException("cannot unpack " + file, result.output().lines().toList());
            }
        }
    }

    private static void delete(Path path)
            throws IOException
    {
        if (Files.exists(path)) {
            deleteRecursively(path, ALLOW_INSECURE);
        }
    }
}
