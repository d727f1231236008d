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
package io.prestosql.catalog;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import java.io.File;
import java.util.Optional;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures how coordinators with dynamic catalogs share them, and how often each coordinator looks for changes.
 */
public class CatalogConfig
{
    private Optional<File> sharedFolder = Optional.empty();
    private Duration refreshInterval = new Duration(1, SECONDS);

    @NotNull
    public Optional<File> getSharedFolder()
    {
        return sharedFolder;
    }

    @Config("catalog.shared-folder")
    @ConfigDescription("Folder of the catalogs that all coordinators share, with catalog.store=shared-folder")
    public CatalogConfig setSharedFolder(File sharedFolder)
    {
        this.sharedFolder = Optional.ofNullable(sharedFolder);
        return this;
    }

    @NotNull
    @MinDuration("100ms")
    public Duration getRefreshInterval()
    {
        return refreshInterval;
    }

    @Config("catalog.refresh-interval")
    @ConfigDescription("How often a coordinator looks for catalogs that others have created or dropped")
    public CatalogConfig setRefreshInterval(Duration refreshInterval)
    {
        this.refreshInterval = refreshInterval;
        return this;
    }
}
