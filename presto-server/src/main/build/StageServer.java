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

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Decides what has to be laid over the engine's distribution, and stages it. Run by the build of presto-server as a
 * single-file program:
 * <pre>
 * java StageServer.java DISTRIBUTION RUNTIME_JARS NOTICE STAGE
 * </pre>
 * DISTRIBUTION is the unpacked distribution of the engine, RUNTIME_JARS a folder in the layout of a Maven repository
 * with everything that presto-main needs at run time. Into STAGE go
 * <ul>
 * <li>{@code server/lib/}: our jars and those of RUNTIME_JARS that the distribution does not have, named the way the
 * distribution names its own
 * <li>{@code server/NOTICE}: NOTICE, and after it the distribution's own
 * <li>{@code FILES}: the names of what is in {@code server/lib/}
 * </ul>
 * A jar is known by its content, not by its name, so what we were compiled and tested with is what will run. The build
 * fails if a library of the distribution would end up in {@code lib/} twice, in two versions, and if a library that we
 * add is not named in NOTICE.
 */
final class StageServer
{
    private static final String OUR_GROUP = "io.prestosql";

    private StageServer() {}

    public static void main(String[] args)
            throws IOException
    {
        if (args.length != 4) {
            throw new IllegalArgumentException("usage: StageServer DISTRIBUTION RUNTIME_JARS NOTICE STAGE");
        }
        Path distribution = Path.of(args[0]);
        Path runtimeJars = Path.of(args[1]);
        Path notice = Path.of(args[2]);
        Path stage = Path.of(args[3]);

        List<String> problems = new ArrayList<>();
        List<Jar> added = addedJars(distribution.resolve("lib"), runtimeJars, problems);

        String noticeText = Files.readString(notice);
        for (Jar jar : added) {
            if (!jar.isOurs() && !noticeText.contains(jar.groupId() + ":" + jar.artifactId())) {
                problems.add("%s:%s goes into the archives, but %s does not name it and its licence".formatted(jar.groupId(), jar.artifactId(), notice));
            }
        }
        if (added.stream().noneMatch(Jar::isOurs)) {
            problems.add("None of our own jars is in " + runtimeJars);
        }
        if (!problems.isEmpty()) {
            problems.forEach(problem -> System.err.println("ERROR: " + problem));
            System.exit(1);
        }

        Path lib = Files.createDirectories(stage.resolve("server/lib"));
        List<String> files = new ArrayList<>();
        for (Jar jar : added) {
            Files.copy(jar.path(), lib.resolve(jar.distributionName()));
            files.add("lib/" + jar.distributionName());
        }
        Files.writeString(stage.resolve("FILES"), String.join("\n", files) + "\n");

        try (OutputStream output = Files.newOutputStream(stage.resolve("server/NOTICE"))) {
            Files.copy(notice, output);
            output.write("\n\n===== NOTICE of the Trino server distribution =====\n\n".getBytes(UTF_8));
            Files.copy(distribution.resolve("NOTICE"), output);
        }
        System.out.println("Added to the engine's distribution: " + String.join(", ", files));
    }

    private static List<Jar> addedJars(Path lib, Path runtimeJars, List<String> problems)
            throws IOException
    {
        Set<String> present = new HashSet<>();
        List<String> names = new ArrayList<>();
        for (Path file : jarsBelow(lib)) {
            if (Files.size(file) == 0) {
                problems.add(file + " is empty: it is a hard link in the archive of the distribution, and was not unpacked as one");
            }
            present.add(sha256(file));
            names.add(file.getFileName().toString());
        }

        List<Jar> added = new ArrayList<>();
        for (Path file : jarsBelow(runtimeJars)) {
            Jar jar = Jar.inRepositoryLayout(runtimeJars, file);
            if (jar.isOurs()) {
                added.add(jar);
                continue;
            }
            if (present.contains(sha256(file))) {
                continue;
            }
            names.stream()
                    .filter(jar::isSameLibrary)
                    .forEach(name -> problems.add("%s:%s:%s is not the one in the engine's distribution, lib/%s. Align it in the dependencyManagement of the root POM"
                            .formatted(jar.groupId(), jar.artifactId(), jar.version(), name)));
            added.add(jar);
        }
        return added;
    }

    private static List<Path> jarsBelow(Path directory)
            throws IOException
    {
        try (Stream<Path> files = Files.walk(directory)) {
            return files
                    .filter(file -> file.getFileName().toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }

    private static String sha256(Path file)
            throws IOException
    {
        try (DigestInputStream input = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            input.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(input.getMessageDigest().digest());
        }
        catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private record Jar(Path path, String groupId, String artifactId, String version)
    {
        // groupId_artifactId-version.jar; the distribution shortens a long groupId by "..." in the middle
        private static final Pattern DISTRIBUTION_NAME = Pattern.compile("([^_]+)_(.+)");

        static Jar inRepositoryLayout(Path root, Path file)
        {
            Path directory = root.relativize(file).getParent();
            int count = directory.getNameCount();
            return new Jar(
                    file,
                    directory.subpath(0, count - 2).toString().replace('/', '.'),
                    directory.getName(count - 2).toString(),
                    directory.getName(count - 1).toString());
        }

        boolean isOurs()
        {
            return groupId.equals(OUR_GROUP);
        }

        String distributionName()
        {
            return groupId + "_" + path.getFileName();
        }

        boolean isSameLibrary(String name)
        {
            Matcher matcher = DISTRIBUTION_NAME.matcher(name);
            if (!matcher.matches() || !matcher.group(2).matches(Pattern.quote(artifactId) + "-\\d.*")) {
                return false;
            }
            String[] group = matcher.group(1).split(Pattern.quote("..."), 2);
            return group.length == 1
                    ? group[0].equals(groupId)
                    : groupId.startsWith(group[0]) && groupId.endsWith(group[1]);
        }
    }
}
