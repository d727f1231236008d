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
package io.prestosql.selection;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import jakarta.validation.constraints.NotNull;

import java.util.Optional;

/**
 * Configures the selection of clusters by the request's header alone.
 */
public class HeaderSelectionConfig
{
    private Optional<String> defaultRoutingGroup = Optional.empty();

    @NotNull
    public Optional<String> getDefaultRoutingGroup()
    {
        return defaultRoutingGroup;
    }

    @Config("cluster-selection.default-routing-group")
    @ConfigDescription("The routing group of queries whose client names none; without it, they may go to any cluster")
    public HeaderSelectionConfig setDefaultRoutingGroup(String defaultRoutingGroup)
    {
        this.defaultRoutingGroup = Optional.ofNullable(defaultRoutingGroup);
        return this;
    }
}
