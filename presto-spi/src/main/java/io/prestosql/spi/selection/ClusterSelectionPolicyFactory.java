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
package io.prestosql.spi.selection;

import java.util.Map;

/**
 * Makes a {@link ClusterSelectionPolicy}.
 */
public interface ClusterSelectionPolicyFactory
{
    /**
     * Returns the value of {@code cluster-selection.configuration-manager} that means this policy.
     */
    String getName();

    /**
     * @param config the other properties of {@code etc/cluster-selection.properties}
     * @throws InvalidClusterSelectionException when a property, or a file that it names, is wrong; the dispatcher then does not start
     */
    ClusterSelectionPolicy create(Map<String, String> config, ClusterSelectionContext context);
}
