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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.prestosql.node.ClusterName;

import java.util.List;
import java.util.Map;

import static java.util.Objects.requireNonNull;

/**
 * What a dispatcher that does not lead tells the leader of the definitions of clusters in its files.
 *
 * @param nodeId the dispatcher's
 * @param fingerprints those of the definitions in use, without what may be secret
 * @param problems what is wrong with definitions there
 */
public record DefinitionsReport(String nodeId, Map<ClusterName, String> fingerprints, List<String> problems)
{
    public DefinitionsReport
    {
        requireNonNull(nodeId, "nodeId is null");
        fingerprints = ImmutableSortedMap.copyOf(fingerprints);
        problems = ImmutableList.copyOf(problems);
    }
}
