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
package io.prestosql.localcluster.server;

import com.google.common.collect.ImmutableSet;
import io.prestosql.localcluster.report.InvalidOptionException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.StreamSupport;

import static java.util.Objects.requireNonNull;

/**
 * A file that is copied into a server's etc.
 *
 * @param path where it goes, below etc
 * @param file what is copied
 */
public record EtcFile(String path, Path file)
{
    private static final Set<String> OUTSIDE = ImmutableSet.of("", "..");

    /**
     * @throws InvalidOptionException if the path leaves etc, or if there is no such file
     */
    public EtcFile
    {
        requireNonNull(path, "path is null");
        requireNonNull(file, "file is null");
        if (Path.of(path).isAbsolute() || StreamSupport.stream(Path.of(path).spliterator(), false).map(Path::toString).anyMatch(OUTSIDE::contains)) {
            throw new InvalidOptionException("%s: the path must be relative, and stay inside etc".formatted(path));
        }
        if (!Files.isRegularFile(file)) {
            throw new InvalidOptionException("there is no file " + file);
        }
    }
}
