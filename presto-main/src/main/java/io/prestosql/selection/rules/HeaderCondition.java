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

import io.prestosql.spi.selection.SelectionRequest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * A condition on a header of the request. It is evaluated when the query is submitted; only the result is kept, as the header may be secret.
 */
final class HeaderCondition
{
    private final String name;
    private final ValuePattern pattern;
    private final String fact;

    HeaderCondition(String name, ValuePattern pattern)
    {
        this.name = name.toLowerCase(ENGLISH);
        this.pattern = requireNonNull(pattern, "pattern is null");
        this.fact = "header " + this.name + " " + pattern;
    }

    Set<String> groups()
    {
        return pattern.groups();
    }

    /**
     * @param facts receives the result, if a value of the header matches
     */
    void inspect(SelectionRequest request, Map<String, String> facts)
    {
        for (String value : request.headers().getOrDefault(name, List.of())) {
            Map<String, String> captured = new HashMap<>();
            if (pattern.matches(value, captured)) {
                facts.put(fact, "");
                captured.forEach((group, text) -> facts.put(factOf(group), text));
                return;
            }
        }
    }

    /**
     * @param captured receives what the named groups have matched, if the condition is met
     */
    boolean matches(Map<String, String> facts, Map<String, String> captured)
    {
        if (!facts.containsKey(fact)) {
            return false;
        }
        for (String group : pattern.groups()) {
            String text = facts.get(factOf(group));
            if (text != null) {
                captured.put(group, text);
            }
        }
        return true;
    }

    private String factOf(String group)
    {
        return fact + " " + group;
    }
}
