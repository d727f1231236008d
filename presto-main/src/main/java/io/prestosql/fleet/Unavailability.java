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
package io.prestosql.fleet;

import java.util.List;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Says why no coordinator takes queries.
 */
public final class Unavailability
{
    private static final String NONE_AVAILABLE = "No coordinator takes queries at the moment";
    private static final int MAX_REASONS = 5;

    private Unavailability() {}

    /**
     * Returns the reason for clients: a sentence without its full stop, which names no address.
     *
     * @param conditions those of all known coordinators, of which none is available
     */
    public static String explain(List<CoordinatorCondition> conditions)
    {
        List<String> reasons = conditions.stream()
                .flatMap(condition -> condition.refusal().map(refusal -> "coordinator " + condition.id() + " " + refusal).stream())
                .collect(toImmutableList());
        if (reasons.isEmpty()) {
            return NONE_AVAILABLE + (conditions.isEmpty() ? ": none has been found yet" : "");
        }
        String more = reasons.size() > MAX_REASONS ? "; and %s more".formatted(reasons.size() - MAX_REASONS) : "";
        return NONE_AVAILABLE + ": " + String.join("; ", reasons.subList(0, Math.min(reasons.size(), MAX_REASONS))) + more;
    }
}
