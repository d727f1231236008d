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
package io.prestosql.node;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import jakarta.annotation.Nullable;

import java.util.regex.Pattern;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The name by which dispatchers know a cluster. The nodes of the cluster need not know it.
 *
 * @param value lower-case letters, digits, {@code -} and {@code _}; a letter or digit first; at most 63 characters
 */
public record ClusterName(String value)
        implements Comparable<ClusterName>
{
    private static final Pattern PATTERN = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    /** The cluster of {@code discovery.uri} in a dispatcher's {@code config.properties}. Records and calls that name no cluster mean this one. */
    public static final ClusterName DEFAULT = new ClusterName("default");

    public ClusterName
    {
        requireNonNull(value, "value is null");
        checkArgument(isValid(value), "'%s' is no name for a cluster: it has to consist of lower-case letters, digits, '-' and '_', start with a letter or digit, and be at most 63 characters long", value);
    }

    public static boolean isValid(String value)
    {
        return PATTERN.matcher(value).matches();
    }

    @JsonCreator
    public static ClusterName of(String value)
    {
        return new ClusterName(value);
    }

    /**
     * Returns the cluster that a call or record means which may come from a release that knows only one.
     *
     * @param named the cluster that it names, or null
     */
    public static ClusterName orDefault(@Nullable ClusterName named)
    {
        return named == null ? DEFAULT : named;
    }

    public boolean isDefault()
    {
        return equals(DEFAULT);
    }

    @Override
    public int compareTo(ClusterName other)
    {
        return value.compareTo(other.value);
    }

    @JsonValue
    @Override
    public String toString()
    {
        return value;
    }

    /**
     * Leaves the default cluster out of JSON: Jackson leaves a value out that equals the filter.
     */
    public static final class IsDefault
    {
        @Override
        public boolean equals(Object value)
        {
            return DEFAULT.equals(value);
        }

        @Override
        public int hashCode()
        {
            return DEFAULT.hashCode();
        }
    }
}
