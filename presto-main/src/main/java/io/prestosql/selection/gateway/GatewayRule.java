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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableList;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * A rule of Trino Gateway, as its file says it.
 *
 * @param priority rules with a lower one come first
 * @param file the file that has the rule
 * @param line where the rule begins, from 1
 * @param condition an expression that is true or false
 * @param actions what is done when the condition is true
 */
record GatewayRule(String name, int priority, Path file, int line, Mvel condition, List<Mvel> actions)
{
    /**
     * An expression.
     *
     * @param line where it begins in the file, from 1
     */
    record Mvel(String text, int line)
    {
        private static final Pattern GROUP = Pattern.compile("(?:[\"']routingGroup[\"']|RESULTS_ROUTING_GROUP_KEY)\\s*,\\s*[\"']([^\"'\\\\]+)[\"']");

        Mvel
        {
            requireNonNull(text, "text is null");
        }

        /**
         * Returns the routing groups that the expression sets, those that it computes excepted.
         */
        List<String> routingGroups()
        {
            return GROUP.matcher(text).results()
                    .map(group -> group.group(1))
                    .collect(toImmutableList());
        }
    }

    GatewayRule
    {
        requireNonNull(name, "name is null");
        requireNonNull(file, "file is null");
        requireNonNull(condition, "condition is null");
        actions = ImmutableList.copyOf(actions);
    }

    boolean mentions(String word)
    {
        return condition.text().contains(word) || actions.stream().anyMatch(action -> action.text().contains(word));
    }

    @Override
    public String toString()
    {
        return "rule '%s' (%s line %s)".formatted(name, file, line);
    }
}
