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

import com.google.common.collect.ImmutableSet;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;
import static java.util.regex.Matcher.quoteReplacement;

/**
 * The name of a routing group or cluster in a rule. It may contain <code>${group}</code>, for what a named group of the rule's regular
 * expressions has matched.
 */
record TargetName(String text)
{
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)}");

    TargetName
    {
        requireNonNull(text, "text is null");
    }

    Set<String> variables()
    {
        return VARIABLE.matcher(text).results()
                .map(result -> result.group(1))
                .collect(toImmutableSet());
    }

    boolean isFixed()
    {
        return variables().equals(ImmutableSet.of());
    }

    /**
     * @return empty when a named group has matched nothing
     */
    Optional<String> resolve(Map<String, String> captured)
    {
        if (!captured.keySet().containsAll(variables())) {
            return Optional.empty();
        }
        return Optional.of(VARIABLE.matcher(text).replaceAll(variable -> quoteReplacement(captured.get(variable.group(1)))));
    }
}
