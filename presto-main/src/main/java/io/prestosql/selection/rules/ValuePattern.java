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
package io.prestosql.selection.rules;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableSet;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

import java.util.Map;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * A regular expression that has to match a whole value, in time linear in the value's length. What its named groups match is kept.
 */
final class ValuePattern
{
    /** The characters that mean something other than themselves in a regular expression. */
    private static final CharMatcher SPECIAL = CharMatcher.anyOf("\\^$.|?*+()[]{}");

    private final Pattern pattern;
    private final Set<String> groups;
    private final boolean literal;

    /**
     * @throws PatternSyntaxException when it is no regular expression, as RE2 has them
     */
    ValuePattern(String regularExpression)
    {
        this.pattern = Pattern.compile(requireNonNull(regularExpression, "regularExpression is null"));
        this.groups = ImmutableSet.copyOf(pattern.namedGroups().keySet());
        this.literal = SPECIAL.matchesNoneOf(regularExpression);
    }

    /**
     * Returns the names of the groups in the expression.
     */
    Set<String> groups()
    {
        return groups;
    }

    /**
     * @param captured receives what the named groups have matched, if the value matches
     */
    boolean matches(String value, Map<String, String> captured)
    {
        if (literal) {
            return pattern.pattern().equals(value);
        }
        if (groups.isEmpty()) {
            return pattern.matches(value);
        }
        Matcher matcher = pattern.matcher(value);
        if (!matcher.matches()) {
            return false;
        }
        for (String group : groups) {
            String text = matcher.group(group);
            if (text != null) {
                captured.put(group, text);
            }
        }
        return true;
    }

    @Override
    public String toString()
    {
        return pattern.pattern();
    }
}
