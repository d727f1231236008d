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

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The coordinator in this process, if it also has that role. Requests for its queries need not leave the process.
 */
public record LocalCoordinator(Optional<String> nodeId)
{
    public LocalCoordinator
    {
        requireNonNull(nodeId, "nodeId is null");
    }

    public boolean is(CoordinatorLink coordinator)
    {
        return coordinator.cluster().isDefault() && nodeId.equals(Optional.of(coordinator.nodeId()));
    }
}
