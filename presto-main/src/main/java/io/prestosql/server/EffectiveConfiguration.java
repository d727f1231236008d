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
package io.prestosql.server;

import com.google.common.collect.ImmutableMap;
import io.airlift.configuration.secrets.SecretsPluginManager;
import io.airlift.configuration.secrets.SecretsResolver;
import io.airlift.configuration.secrets.env.EnvironmentVariableSecretProvider;
import io.prestosql.node.ConfigurationFile;

import java.io.File;
import java.util.Map;
import java.util.Optional;

import static io.airlift.configuration.ConfigurationLoader.getSystemProperties;
import static io.airlift.configuration.TomlConfiguration.createTomlConfiguration;
import static java.util.Objects.requireNonNull;

/**
 * The properties of this process as the engine's bootstrap reads them. System properties, among which the launcher passes those of
 * {@code node.properties}, win over the configuration file. References such as <code>${ENV:NAME}</code> stand for values from elsewhere.
 */
public final class EffectiveConfiguration
{
    private static final String SECRETS_CONFIGURATION = "secretsConfig";

    private final ConfigurationFile file;
    private final Map<String, String> systemProperties;
    private SecretsResolver secretsResolver;

    public EffectiveConfiguration(ConfigurationFile file)
    {
        this(file, getSystemProperties());
    }

    EffectiveConfiguration(ConfigurationFile file, Map<String, String> systemProperties)
    {
        this.file = requireNonNull(file, "file is null");
        this.systemProperties = ImmutableMap.copyOf(systemProperties);
    }

    /**
     * Returns the value of a property as it is written, before references are resolved.
     */
    public Optional<String> get(String property)
    {
        return Optional.ofNullable(systemProperties.get(property))
                .or(() -> Optional.ofNullable(file.properties().get(property)));
    }

    /**
     * Returns the value with its references resolved. Secrets plugins are loaded when there is a reference, and a file that names the
     * plugins.
     *
     * @throws RuntimeException when a reference cannot be resolved, with a message that names it
     */
    public String resolve(String value)
    {
        if (!value.contains("${")) {
            return value;
        }
        if (secretsResolver == null) {
            secretsResolver = createSecretsResolver();
        }
        String property = "value";
        return secretsResolver.getResolvedConfiguration(ImmutableMap.of(property, value)).get(property);
    }

    private SecretsResolver createSecretsResolver()
    {
        String secretsConfiguration = systemProperties.get(SECRETS_CONFIGURATION);
        if (secretsConfiguration == null) {
            return new SecretsResolver(ImmutableMap.of("env", new EnvironmentVariableSecretProvider()));
        }
        SecretsPluginManager plugins = new SecretsPluginManager(createTomlConfiguration(new File(secretsConfiguration)));
        plugins.installPlugins();
        plugins.load();
        return plugins.getSecretsResolver();
    }

    /**
     * Returns where a property is set, for messages to people.
     */
    public String locationOf(String property)
    {
        if (systemProperties.containsKey(property)) {
            return "the system properties (-D%s=, or etc/node.properties)".formatted(property);
        }
        return file.locationOf(property);
    }
}
