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

import com.google.inject.Inject;

import java.io.File;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * Opens shared catalogs in a folder that all coordinators mount.
 */
public class CatalogFolderFactory
        implements SharedCatalogsFactory
{
    /** The value of {@code catalog.store}. */
    public static final String SHARED_FOLDER = "shared-folder";

    private final Optional<File> folder;

    @Inject
    public CatalogFolderFactory(CatalogConfig config)
    {
        this.folder = config.getSharedFolder();
    }

    @Override
    public SharedCatalogs create()
    {
        checkArgument(folder.isPresent(), "catalog.store=%s needs catalog.shared-folder", SHARED_FOLDER);
        return new CatalogFolder(folder.get().toPath());
    }
}
