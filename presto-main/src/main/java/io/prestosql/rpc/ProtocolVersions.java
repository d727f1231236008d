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
package io.prestosql.rpc;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The versions of the protocol between nodes that a node speaks, in the form that each call and each answer has in {@link #HEADER}:
 * {@code 1-2}. Two nodes can work together when there is a version that both speak.
 * <p>
 * A change that adds a field, a header or a resource needs no new version, as readers ignore what they do not know. A change that an older
 * node would misunderstand needs one.
 *
 * @param oldest the oldest version that the node still speaks; at least 1
 * @param current the newest version that it speaks
 */
public record ProtocolVersions(int oldest, int current)
{
    public static final String HEADER = "X-Presto-Protocol-Versions";

    /** What this build speaks. */
    public static final ProtocolVersions SUPPORTED = new ProtocolVersions(1, 2);
    /** What a node speaks that does not say it: those of release 476-1. */
    public static final ProtocolVersions UNSAID = new ProtocolVersions(1, 1);

    // no later release may change this form, as each node has to understand that it does not understand another one
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})-([1-9][0-9]{0,8})");

    public ProtocolVersions
    {
        checkArgument(oldest >= 1, "oldest is not positive");
        checkArgument(current >= oldest, "current is older than oldest");
    }

    /**
     * @param header the value of the header in a call or an answer; null if it has none
     * @return empty when the value does not have the form
     */
    public static Optional<ProtocolVersions> fromHeader(String header)
    {
        if (header == null) {
            return Optional.of(UNSAID);
        }
        Matcher matcher = FORM.matcher(header);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int oldest = Integer.parseInt(matcher.group(1));
        int current = Integer.parseInt(matcher.group(2));
        return current < oldest ? Optional.empty() : Optional.of(new ProtocolVersions(oldest, current));
    }

    public String toHeader()
    {
        return oldest + "-" + current;
    }

    /**
     * Returns whether there is a version that both nodes speak.
     */
    public boolean overlaps(ProtocolVersions other)
    {
        requireNonNull(other, "other is null");
        return oldest <= other.current && other.oldest <= current;
    }

    /**
     * Returns the versions for people: {@code version 1} or {@code versions 1 to 2}.
     */
    @Override
    public String toString()
    {
        return oldest == current ? "version " + current : "versions %s to %s".formatted(oldest, current);
    }
}
