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
package io.prestosql.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import static java.util.Map.Entry.comparingByKey;

/**
 * The sources that the documentation is compared with, and the documentation itself.
 */
final class Sources
{
    static final Path ROOT = Path.of(System.getProperty("docs.root", "..")).toAbsolutePath().normalize();

    private static final Path DOCUMENTS = ROOT.resolve("presto-docs/src/main/markdown");
    private static final List<String> MODULES = List.of("presto-spi", "presto-main");

    private Sources() {}

    /**
     * Returns the sources of the classes that run in a server, by fully qualified class name.
     */
    static Map<String, String> classes()
            throws IOException
    {
        Map<String, String> classes = new TreeMap<>();
        for (String module : MODULES) {
            Path folder = ROOT.resolve(module).resolve("src/main/java");
            for (Path file : files(folder, ".java")) {
                String name = folder.relativize(file).toString().replace(".java", "").replace('/', '.');
                classes.put(name, Files.readString(file));
            }
        }
        return classes;
    }

    /**
     * Returns the pages, by file.
     */
    static Map<Path, String> pages()
            throws IOException
    {
        Map<Path, String> pages = new TreeMap<>();
        for (Path file : files(DOCUMENTS, ".md")) {
            pages.put(file, Files.readString(file));
        }
        for (String folder : List.of("", "presto-product-tests", "presto-tests", "presto-main/src/test/resources/fixtures")) {
            Path file = ROOT.resolve(folder).resolve("README.md");
            pages.put(file, Files.readString(file));
        }
        return pages;
    }

    /**
     * Returns the lines of a page.
     */
    static List<String> page(String page)
            throws IOException
    {
        return Files.readAllLines(DOCUMENTS.resolve(page));
    }

    /**
     * Returns the lines of one section of a page, without its subsections.
     */
    static List<String> section(String page, String title)
            throws IOException
    {
        return page(page).stream()
                .dropWhile(line -> !line.replaceFirst("^#+ ", "").equals(title) || !line.startsWith("#"))
                .skip(1)
                .takeWhile(line -> !line.startsWith("#"))
                .toList();
    }

    static List<Path> files(Path folder, String suffix)
            throws IOException
    {
        try (Stream<Path> files = Files.walk(folder)) {
            return files
                    .filter(path -> path.toString().endsWith(suffix))
                    .map(path -> Map.entry(path.toString(), path))
                    .sorted(comparingByKey())
                    .map(Map.Entry::getValue)
                    .toList();
        }
    }
}
