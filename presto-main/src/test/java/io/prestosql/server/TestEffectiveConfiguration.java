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
import io.prestosql.node.ConfigurationFile;
import io.prestosql.node.InvalidNodeRoleException;
import io.prestosql.node.NodeRoles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestEffectiveConfiguration
{
    private static final String OUTSIDE = "the system properties (-Dnode.role=, or etc/node.properties)";

    @TempDir
    private Path directory;

    @Test
    public void testSystemPropertiesWin()
            throws IOException
    {
        EffectiveConfiguration configuration = configuration("node.role=dispatcher\nnode.id=one\n", ImmutableMap.of("node.role", "worker"));
        assertThat(configuration.get("node.role")).contains("worker");
        assertThat(configuration.locationOf("node.role")).isEqualTo(OUTSIDE);
        assertThat(configuration.get("node.id")).contains("one");
        assertThat(configuration.locationOf("node.id")).isEqualTo(path() + ", line 2,");
        assertThat(configuration.get("node.environment")).isEmpty();
    }

    @Test
    public void testRoleOutsideOfTheFile()
            throws IOException
    {
        // as the launcher passes -Dnode.role=worker, or a line of node.properties
        NodeRoleConfiguration worker = new NodeRoleConfiguration(configuration("http-server.http.port=8080\n", ImmutableMap.of("node.role", "worker")));
        assertThat(worker.getRoles()).contains(NodeRoles.of(WORKER));
        assertThatThrownBy(() -> worker.checkSharedSecret(NodeRoles.of(WORKER)))
                .isInstanceOf(InvalidNodeRoleException.class)
                .hasMessageContaining("'node.role=worker' in " + OUTSIDE + " needs");
        // the secret does not have to be in the file either
        new NodeRoleConfiguration(configuration("", ImmutableMap.of("node.role", "worker", "internal-communication.shared-secret", "secret")))
                .checkSharedSecret(NodeRoles.of(WORKER));

        assertThatThrownBy(() -> new NodeRoleConfiguration(configuration("", ImmutableMap.of("node.role", "boss"))).getRoles())
                .isInstanceOf(InvalidNodeRoleException.class)
                .hasMessageStartingWith("Configuration property 'node.role=boss' in " + OUTSIDE + " has the unknown role 'boss'");
        assertThatThrownBy(() -> new NodeRoleConfiguration(configuration("coordinator=true\n", ImmutableMap.of("node.role", "worker"))).getRoles())
                .isInstanceOf(InvalidNodeRoleException.class)
                .hasMessageStartingWith("Configuration property 'coordinator=true' in " + path() + ", line 1, contradicts 'node.role=worker'");
    }

    @Test
    public void testEnvironment()
            throws IOException
    {
        EffectiveConfiguration configuration = configuration("node.role=${ENV:ROLE}\n", ImmutableMap.of());
        assertThat(configuration.get("node.role")).contains("${ENV:ROLE}");
        assertThat(configuration.resolve("x${ENV:PATH}y")).isEqualTo("x" + System.getenv("PATH") + "y");
        assertThatThrownBy(() -> configuration.resolve("${ENV:NO_SUCH_VARIABLE}"))
                .hasMessage("Environment variable is not set: NO_SUCH_VARIABLE");
        assertThatThrownBy(() -> configuration.resolve("${other:key}"))
                .hasMessage("No secret provider for key 'other'");
    }

    @Test
    public void testOddReferences()
            throws IOException
    {
        Path roleFile = Files.writeString(directory.resolve("role"), "worker");
        for (String reference : new String[] {"${FILE:%s}".formatted(roleFile), "${ENV:NO_SUCH_VARIABLE}", "worker,${ENV:NO_SUCH_VARIABLE}"}) {
            assertThatThrownBy(() -> new NodeRoleConfiguration(configuration("node.role=%s\n".formatted(reference), ImmutableMap.of())).getRoles())
                    .as(reference)
                    .isInstanceOf(InvalidNodeRoleException.class)
                    .hasMessageStartingWith("Configuration property 'node.role=%s' in %s, line 1, cannot be resolved: ", reference, path())
                    .hasMessageEndingWith("Write the value itself, or define what it refers to where this process is started");
        }
        // text that the engine does not take for a reference is not one here either
        for (String reference : new String[] {"${ENV:PATH", "${ENV:}", "${}", "$ENV:PATH", "${ENV}"}) {
            assertThatThrownBy(() -> new NodeRoleConfiguration(configuration("node.role=%s\n".formatted(reference), ImmutableMap.of())).getRoles())
                    .as(reference)
                    .isInstanceOf(InvalidNodeRoleException.class)
                    .hasMessageStartingWith("Configuration property 'node.role=%s' in %s, line 1, has the unknown role '%s'", reference, path(), reference);
        }
    }

    @Test
    public void testSecrets()
            throws IOException
    {
        Path plugins = Files.createDirectory(directory.resolve("secrets-plugin"));
        Path secrets = Files.writeString(directory.resolve("secrets.toml"),
                """
                secrets-plugins-dir="%s"

                [machine]
                secrets-provider.name="env"
                """.formatted(plugins));
        EffectiveConfiguration configuration = configuration("", ImmutableMap.of("secretsConfig", secrets.toString()));
        assertThat(configuration.resolve("${machine:PATH}")).isEqualTo(System.getenv("PATH"));
        // as in the engine, only the providers of the file exist
        assertThatThrownBy(() -> configuration.resolve("${ENV:PATH}"))
                .hasMessage("No secret provider for key 'env'");
        // a value without references needs no plugins
        assertThat(configuration("", ImmutableMap.of("secretsConfig", directory.resolve("missing.toml").toString())).resolve("dispatcher")).isEqualTo(DISPATCHER.toString());
    }

    private EffectiveConfiguration configuration(String file, Map<String, String> systemProperties)
            throws IOException
    {
        return new EffectiveConfiguration(ConfigurationFile.load(Files.writeString(path(), file)), systemProperties);
    }

    private Path path()
    {
        return directory.resolve("config.properties");
    }
}
