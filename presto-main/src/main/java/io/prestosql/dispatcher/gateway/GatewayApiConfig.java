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
package io.prestosql.dispatcher.gateway;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import jakarta.validation.constraints.NotNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Configures whether a dispatcher serves the paths of Trino Gateway.
 */
public class GatewayApiConfig
{
    private boolean enabled;
    private boolean publicReads;
    private Path templateDirectory = Path.of("etc/cluster-templates");
    private Optional<String> template = Optional.empty();

    public boolean isEnabled()
    {
        return enabled;
    }

    @Config("gateway-api.enabled")
    @ConfigDescription("Whether scripts find the clusters under the paths of Trino Gateway, too")
    public GatewayApiConfig setEnabled(boolean enabled)
    {
        this.enabled = enabled;
        return this;
    }

    public boolean isPublic()
    {
        return publicReads;
    }

    @Config("gateway-api.public")
    @ConfigDescription("Whether the paths below /api/public need no log-in, as in Trino Gateway")
    public GatewayApiConfig setPublic(boolean publicReads)
    {
        this.publicReads = publicReads;
        return this;
    }

    @NotNull
    public Path getTemplateDirectory()
    {
        return templateDirectory;
    }

    @Config("gateway-api.template-dir")
    @ConfigDescription("Folder with a file NAME.properties for each template of the clusters that scripts define")
    public GatewayApiConfig setTemplateDirectory(Path templateDirectory)
    {
        this.templateDirectory = templateDirectory;
        return this;
    }

    /**
     * Returns the template for requests that name none.
     */
    @NotNull
    public Optional<String> getTemplate()
    {
        return template;
    }

    @Config("gateway-api.template")
    @ConfigDescription("Template of the clusters that scripts define without naming one")
    public GatewayApiConfig setTemplate(String template)
    {
        this.template = Optional.ofNullable(template);
        return this;
    }
}
