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

import com.google.common.collect.Maps;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Objects.requireNonNull;

/**
 * Keeps catalogs in a folder that all coordinators see, each in a file {@code NAME.properties} like those of the engine's own file store.
 * <p>
 * A file gets its name by a hard link, which fails when the name is taken, and is atomic on local file systems and on NFS. A file in the
 * folder identifies it, so that an empty mount point is not taken for a cluster whose catalogs were all dropped.
 */
public final class CatalogFolder
        implements SharedCatalogs
{
    static final String IDENTITY_FILE = ".shared-catalogs";

    private static final String SUFFIX = ".properties";
    private static final String TEMPORARY_SUFFIX = ".tmp";
    private static final String CONNECTOR_NAME = "connector.name";
    private static final Duration TEMPORARY_LIFETIME = Duration.ofHours(1);

    private final Path folder;
    private final String id;

    /**
     * @throws SharedCatalogsException when the folder does not exist or is not writable, or its file system has no hard links
     */
    public CatalogFolder(Path folder)
    {
        this.folder = requireNonNull(folder, "folder is null").toAbsolutePath();
        if (!Files.isDirectory(this.folder)) {
            throw new SharedCatalogsException("The folder of the shared catalogs %s does not exist".formatted(this.folder));
        }
        try {
            createFile(IDENTITY_FILE, UUID.randomUUID().toString().getBytes(UTF_8));
            this.id = Files.readString(this.folder.resolve(IDENTITY_FILE), UTF_8);
            deleteTemporaryFiles();
        }
        catch (IOException | UnsupportedOperationException e) {
            throw new SharedCatalogsException("The folder of the shared catalogs %s cannot be used, which needs to be writable and on a file system with hard links: %s".formatted(this.folder, e), e);
        }
    }

    @Override
    public CatalogSnapshot read()
    {
        CatalogSnapshot.Builder snapshot = CatalogSnapshot.builder(id);
        try {
            checkIdentity();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
                for (Path file : files) {
                    read(file, snapshot);
                }
            }
            // the folder may have been unmounted in between
            checkIdentity();
        }
        catch (IOException | DirectoryIteratorException e) {
            throw new SharedCatalogsException("The folder of the shared catalogs %s cannot be read: %s".formatted(folder, e), e);
        }
        return snapshot.build();
    }

    private static void read(Path file, CatalogSnapshot.Builder snapshot)
    {
        String fileName = file.getFileName().toString();
        String name = fileName.substring(0, fileName.length() - SUFFIX.length());
        if (!snapshot.accepts(name)) {
            return;
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, UTF_8)) {
            properties.load(reader);
        }
        catch (NoSuchFileException e) {
            // dropped since the folder was listed
            return;
        }
        catch (IOException | IllegalArgumentException e) {
            snapshot.addUnreadable(name, "its file cannot be read: " + e);
            return;
        }
        Map<String, String> values = new HashMap<>(Maps.fromProperties(properties));
        String connectorName = values.remove(CONNECTOR_NAME);
        if (connectorName == null) {
            snapshot.addUnreadable(name, "its file does not contain " + CONNECTOR_NAME);
            return;
        }
        snapshot.add(name, connectorName.trim().replace('-', '_'), values);
    }

    @Override
    public boolean create(CatalogProperties catalog)
    {
        CatalogName name = catalog.catalogHandle().getCatalogName();
        Properties properties = new Properties();
        properties.putAll(catalog.properties());
        properties.setProperty(CONNECTOR_NAME, catalog.connectorName().toString());
        try {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            properties.store(content, null);
            checkIdentity();
            return createFile(fileName(name), content.toByteArray());
        }
        catch (IOException | UnsupportedOperationException e) {
            throw new SharedCatalogsException("Catalog %s cannot be written to the folder of the shared catalogs %s: %s".formatted(name, folder, e), e);
        }
    }

    @Override
    public boolean remove(CatalogName name)
    {
        try {
            checkIdentity();
            Files.delete(folder.resolve(fileName(name)));
            forceFolder();
            return true;
        }
        catch (NoSuchFileException e) {
            return false;
        }
        catch (IOException e) {
            throw new SharedCatalogsException("Catalog %s cannot be removed from the folder of the shared catalogs %s: %s".formatted(name, folder, e), e);
        }
    }

    @Override
    public void close() {}

    private static String fileName(CatalogName name)
            throws IOException
    {
        String value = name.toString();
        if (value.indexOf('/') >= 0 || value.indexOf('\\') >= 0 || value.indexOf('\0') >= 0 || value.startsWith(".")) {
            throw new IOException("'%s' cannot be the name of a file".formatted(value));
        }
        return value + SUFFIX;
    }

    private void checkIdentity()
            throws IOException
    {
        String found;
        try {
            found = Files.readString(folder.resolve(IDENTITY_FILE), UTF_8);
        }
        catch (NoSuchFileException e) {
            throw new IOException("its file %s is gone: perhaps it is not mounted".formatted(IDENTITY_FILE));
        }
        if (!found.equals(id)) {
            throw new IOException("it is another folder than at the start: its file %s has changed".formatted(IDENTITY_FILE));
        }
    }

    /**
     * @return false when a file of that name exists
     */
    private boolean createFile(String name, byte[] content)
            throws IOException
    {
        Path temporary = folder.resolve(".%s.%s%s".formatted(name, UUID.randomUUID(), TEMPORARY_SUFFIX));
        try {
            try (FileChannel channel = FileChannel.open(temporary, CREATE_NEW, WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            if (!link(temporary, folder.resolve(name))) {
                return false;
            }
        }
        finally {
            Files.deleteIfExists(temporary);
        }
        forceFolder();
        return true;
    }

    private static boolean link(Path existing, Path link)
            throws IOException
    {
        try {
            Files.createLink(link, existing);
            return true;
        }
        catch (FileAlreadyExistsException e) {
            // NFS repeats a request whose answer was lost. The repetition then fails, because the first request has made the link
            return Files.isSameFile(existing, link);
        }
    }

    private void forceFolder()
            throws IOException
    {
        try (FileChannel channel = FileChannel.open(folder, READ)) {
            channel.force(true);
        }
    }

    /**
     * Deletes the files, with their catalogs' properties, of processes that died while they created a catalog.
     */
    private void deleteTemporaryFiles()
            throws IOException
    {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, ".*" + TEMPORARY_SUFFIX)) {
            for (Path file : files) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(TEMPORARY_LIFETIME))) {
                        Files.deleteIfExists(file);
                    }
                }
                catch (NoSuchFileException e) {
                    // another coordinator has deleted it
                }
            }
        }
    }
}
