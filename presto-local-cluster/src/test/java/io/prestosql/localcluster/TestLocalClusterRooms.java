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
package io.prestosql.localcluster;

import com.google.common.collect.ImmutableList;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

import java.util.List;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The packages of this module are in a strict order.
 */
public class TestLocalClusterRooms
{
    private static final String ROOT = "io.prestosql.localcluster.";

    /** Each package uses only those before it. */
    private static final List<String> ROOMS = ImmutableList.of(
            "report", // what a user is told
            "program", // programs and processes of this machine
            "artifact", // where the programs come from
            "node", // the cluster's folder, its nodes and their processes
            "server",
            "postgresql",
            "haproxy",
            "cluster", // what a cluster is to be, its start, and what can be done to it
            "command"); // the command line

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new DoNotIncludeTests())
            .importPackages(ROOT.substring(0, ROOT.length() - 1));

    @Test
    public void testEveryPackageIsARoom()
    {
        assertThat(classes.stream().map(JavaClass::getPackageName).collect(toImmutableSet()))
                .containsExactlyInAnyOrderElementsOf(ROOMS.stream().map(room -> ROOT + room).toList());
    }

    @Test
    public void testRoomsUseOnlyRoomsBefore()
    {
        for (int i = 0; i < ROOMS.size() - 1; i++) {
            String[] later = ROOMS.subList(i + 1, ROOMS.size()).stream().map(room -> ROOT + room).toArray(String[]::new);
            noClasses().that().resideInAPackage(ROOT + ROOMS.get(i))
                    .should().dependOnClassesThat().resideInAnyPackage(later)
                    .check(classes);
        }
    }
}
