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
package io.prestosql.dispatcher.clusters;

import io.prestosql.node.ClusterName;

import java.time.Instant;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * An operator's change of a cluster, as it is kept for audit. It has no secrets.
 *
 * @param time when the leader took the order, on its own clock
 * @param user who has ordered it; {@value #UNKNOWN} when a leader has died before it could note that
 * @param address the network address of the operator's client; empty when it is not known
 * @param oldValue for people; {@value #NONE} when nothing was ordered before, and {@value #UNKNOWN} when that is not known
 * @param newValue for people; {@value #NONE} when the order ended an earlier one
 */
public record ClusterChange(Instant time, String user, Optional<String> address, ClusterName cluster, ChangedProperty property, String oldValue, String newValue)
{
    static final String NONE = "none";
    static final String UNKNOWN = "unknown";

    private static final int MAX_NAME_LENGTH = 256;
    private static final int MAX_VALUE_LENGTH = 2000;

    public ClusterChange
    {
        requireNonNull(time, "time is null");
        // the log keeps every entry, and a new leader reads all of them
        user = cut(user, MAX_NAME_LENGTH);
        address = address.map(known -> cut(known, MAX_NAME_LENGTH));
        requireNonNull(cluster, "cluster is null");
        requireNonNull(property, "property is null");
        oldValue = cut(oldValue, MAX_VALUE_LENGTH);
        newValue = cut(newValue, MAX_VALUE_LENGTH);
    }

    private static String cut(String text, int length)
    {
        if (text.length() <= length) {
            return text;
        }
        // no half of a pair, which is no character
        int end = Character.isHighSurrogate(text.charAt(length - 2)) ? length - 2 : length - 1;
        return text.substring(0, end) + "…";
    }
}
