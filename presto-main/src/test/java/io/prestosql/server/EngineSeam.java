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
package io.prestosql.server;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import static com.google.common.base.CaseFormat.LOWER_UNDERSCORE;
import static com.google.common.base.CaseFormat.UPPER_UNDERSCORE;
import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.testing.GeneratedText.read;
import static java.util.Objects.requireNonNull;

/**
 * An entry of {@code engine-seams.txt}: what we do to an internal class of the engine, and why.
 *
 * @param engineClass the engine's class, by its binary name
 * @param treatment what we do to it
 * @param ours our classes that do it, by their names below {@code io.prestosql}
 * @param members the names of the methods on which the seam depends
 * @param reason why we do it
 * @param nextRelease what release 483 changes
 */
record EngineSeam(String engineClass, Treatment treatment, List<String> ours, Set<String> members, String reason, String nextRelease)
{
    static final String FILE = "presto-main/src/test/resources/engine-seams.txt";

    private static final String RELEASE = "checked with release: ";
    private static final Splitter COMMA = Splitter.on(',').trimResults();

    enum Treatment
    {
        REPLACED, LEFT_OUT, STOOD_IN_FOR, SUBCLASSED, RELIED_ON;

        @Override
        public String toString()
        {
            return UPPER_UNDERSCORE.to(LOWER_UNDERSCORE, name()).replace('_', ' ');
        }
    }

    EngineSeam
    {
        requireNonNull(engineClass, "engineClass is null");
        requireNonNull(treatment, "treatment is null");
        ours = ImmutableList.copyOf(ours);
        members = ImmutableSet.copyOf(members);
        requireNonNull(reason, "reason is null");
        requireNonNull(nextRelease, "nextRelease is null");
    }

    /** Returns the engine's release with which the list was checked. */
    static String readRelease()
    {
        return read(FILE).lines()
                .filter(line -> line.startsWith(RELEASE))
                .map(line -> line.substring(RELEASE.length()))
                .findFirst().orElseThrow();
    }

    static List<EngineSeam> readAll()
    {
        List<List<String>> entries = new ArrayList<>();
        for (String line : read(FILE).lines().toList()) {
            if (line.isBlank() || line.startsWith("#") || line.startsWith(RELEASE)) {
                continue;
            }
            if (!line.startsWith(" ")) {
                entries.add(new ArrayList<>());
            }
            checkArgument(!entries.isEmpty(), "%s: belongs to no class: %s", FILE, line);
            entries.getLast().add(line.strip());
        }
        return entries.stream()
                .map(EngineSeam::parse)
                .collect(toImmutableList());
    }

    private static EngineSeam parse(List<String> lines)
    {
        String engineClass = lines.getFirst();
        checkArgument(lines.size() > 1, "%s: nothing is said of %s", FILE, engineClass);
        for (Treatment treatment : Treatment.values()) {
            String key = treatment + " by";
            if (lines.get(1).startsWith(key + ": ")) {
                boolean hasMembers = lines.size() == 5;
                checkArgument(lines.size() == (hasMembers ? 5 : 4), "%s: %s wants a line each of '%s', 'members' (which may be missing), 'why' and '483', in this order", FILE, engineClass, key);
                return new EngineSeam(
                        engineClass,
                        treatment,
                        COMMA.splitToList(value(engineClass, key, lines.get(1))),
                        hasMembers ? ImmutableSet.copyOf(COMMA.splitToList(value(engineClass, "members", lines.get(2)))) : ImmutableSet.of(),
                        value(engineClass, "why", lines.get(lines.size() - 2)),
                        value(engineClass, "483", lines.getLast()));
            }
        }
        throw new IllegalArgumentException("%s: what is done to %s? One of %s".formatted(FILE, engineClass, List.of(Treatment.values())));
    }

    private static String value(String engineClass, String key, String line)
    {
        checkArgument(line.startsWith(key + ": "), "%s: '%s' of %s is missing, or in another place: %s", FILE, key, engineClass, line);
        return line.substring(key.length() + 2);
    }

    String simpleName()
    {
        return engineClass.substring(engineClass.lastIndexOf('.') + 1).replace('$', '.');
    }
}
