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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.airlift.bootstrap.ApplicationConfigurationException;
import io.airlift.bootstrap.Bootstrap;
import io.airlift.configuration.ConfigurationFactory;

import java.util.List;
import java.util.Map;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.configuration.ConfigBinder.configBinder;

/**
 * The properties of a policy, as classes of Airlift's configuration read them.
 */
public final class PolicyConfiguration
{
    private final Map<String, String> properties;

    private PolicyConfiguration(Map<String, String> properties)
    {
        this.properties = ImmutableMap.copyOf(properties);
    }

    /**
     * @param configClasses those that know the properties of the policy
     * @throws InvalidPolicyPropertiesException when a property is wrong, missing, or known to none of the classes
     */
    public static PolicyConfiguration parse(Map<String, String> properties, List<Class<?>> configClasses)
    {
        try {
            new Bootstrap(binder -> configClasses.forEach(configClass -> configBinder(binder).bindConfig(configClass)))
                    .doNotInitializeLogging()
                    .quiet()
                    .setRequiredConfigurationProperties(properties)
                    .configure();
        }
        catch (ApplicationConfigurationException e) {
            throw new InvalidPolicyPropertiesException(e.getErrors().stream()
                    .map(error -> error.getMessage().strip())
                    .collect(toImmutableList()));
        }
        return new PolicyConfiguration(properties);
    }

    /**
     * @throws InvalidPolicyPropertiesException when a property is wrong, missing or unknown
     */
    public static <T> T build(Map<String, String> properties, Class<T> configClass)
    {
        return parse(properties, ImmutableList.of(configClass)).get(configClass);
    }

    /**
     * @param configClass one of those that know the properties
     */
    public <T> T get(Class<T> configClass)
    {
        return new ConfigurationFactory(properties).build(configClass);
    }
}
