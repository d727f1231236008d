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
package io.prestosql.dispatcher.engineless;

import com.google.inject.Inject;
import io.prestosql.fleet.Coordinators;
import io.prestosql.queries.ClusterSize;

import static java.util.Objects.requireNonNull;

/**
 * Returns the size of the cluster as coordinators report it.
 */
public class ReportedClusterSize
        implements ClusterSize
{
    private final Coordinators coordinators;

    @Inject
    public ReportedClusterSize(Coordinators coordinators)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
    }

    @Override
    public long coordinators()
    {
        return coordinators.getLinks().size();
    }

    @Override
    public long workers()
    {
        return coordinators.getActiveWorkers();
    }

    @Override
    public long processors()
    {
        return coordinators.getAvailableProcessors();
    }
}
