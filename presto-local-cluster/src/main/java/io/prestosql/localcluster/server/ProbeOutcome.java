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
package io.prestosql.localcluster.server;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * What came of a request that probes a server.
 *
 * @param problem why it did not succeed
 * @param refused whether the server wants to know who asks, so that the probe finds out nothing
 */
public record ProbeOutcome(Optional<String> problem, boolean refused)
{
    static final ProbeOutcome SUCCEEDED = new ProbeOutcome(Optional.empty(), false);

    public ProbeOutcome
    {
        requireNonNull(problem, "problem is null");
    }

    static ProbeOutcome failed(String problem)
    {
        return new ProbeOutcome(Optional.of(problem), false);
    }

    static ProbeOutcome refused(String problem)
    {
        return new ProbeOutcome(Optional.of(problem), true);
    }

    public boolean succeeded()
    {
        return problem.isEmpty();
    }
}
