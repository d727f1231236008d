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

import io.airlift.bootstrap.ApplicationConfigurationException;
import io.airlift.bootstrap.Bootstrap;
import io.airlift.configuration.ConfigurationFactory;
import io.prestosql.spi.selection.InvalidClusterSelectionException;

import java.util.Map;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.configuration.ConfigBinder.configBinder;

/**
 * Reads the properties of a built-in policy as the server reads its own, so that an unknown or wrong property is an error.
 */
public final class PolicyConfiguration
{
    private PolicyConfiguration() {}

    /**
     * @throws InvalidClusterSelectionException when a property is wrong or unknown
     */
    public static <T> T build(Map<String, String> properties, Class<T> configClass)
    {
        try {
            new Bootstrap(binder -> configBinder(binder).bindConfig(configClass))
                    .doNotInitializeLogging()
                    .quiet()
                    .setRequiredConfigurationProperties(properties)
                    .configure();
            return new ConfigurationFactory(properties).build(configClass);
        }
        catch (ApplicationConfigurationException e) {
            throw new InvalidClusterSelectionException(e.getErrors().stream()
                    .map(error -> error.getMessage().strip())
                    .collect(toImmutableList()));
        }
    }
}
