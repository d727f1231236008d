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

import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestConfigurationFile
{
    @TempDir
    private Path directory;

    @Test
    public void testLoad()
            throws IOException
    {
        Path path = Files.writeString(directory.resolve("config.properties"),
                """
                # node.role=worker
                node.role = dispatcher
                discovery.uri:http://localhost:8080
                  node.id=one
                """);
        ConfigurationFile file = ConfigurationFile.load(path);
        assertThat(file.properties()).isEqualTo(ImmutableMap.of(
                "node.role", "dispatcher",
                "discovery.uri", "http://localhost:8080",
                "node.id", "one"));
        assertThat(file.locationOf("node.role")).isEqualTo(path + ", line 2,");
        assertThat(file.locationOf("discovery.uri")).isEqualTo(path + ", line 3,");
        assertThat(file.locationOf("node.id")).isEqualTo(path + ", line 4,");
        // a name is not a pattern, and not the beginning of another name
        assertThat(file.locationOf("node.rol")).isEqualTo(path.toString());
        assertThat(file.locationOf("node-role")).isEqualTo(path.toString());
        assertThat(file.locationOf("nodeXrole")).isEqualTo(path.toString());
    }

    @Test
    public void testMissingFile()
    {
        Path path = directory.resolve("nope.properties");
        assertThatThrownBy(() -> ConfigurationFile.load(path))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(path.toString());
        assertThat(new ConfigurationFile(path, ImmutableMap.of()).locationOf("node.role")).isEqualTo(path.toString());
    }
}
