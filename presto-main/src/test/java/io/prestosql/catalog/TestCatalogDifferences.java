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

import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;

import javax.crypto.spec.SecretKeySpec;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static io.prestosql.catalog.AbstractTestSharedCatalogs.catalog;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

public class TestCatalogDifferences
{
    private static final SecretKeySpec KEY = new SecretKeySpec("secret".getBytes(UTF_8), "HmacSHA256");

    @Test
    public void testNone()
    {
        assertThat(CatalogDifferences.find(List.of())).isEmpty();
        assertThat(CatalogDifferences.find(List.of(report("c1", print("a", Map.of("x", "1")))))).isEmpty();
        assertThat(CatalogDifferences.find(List.of(
                report("c1", print("a", Map.of("x", "1")), print("b", Map.of())),
                report("c2", print("b", Map.of()), print("a", Map.of("x", "1")))))).isEmpty();
    }

    @Test
    public void testSameCoordinatorTwice()
    {
        // both the configuration and its announcement name it
        assertThat(CatalogDifferences.find(List.of(report("c1", print("a", Map.of())), report("c1", print("a", Map.of()))))).isEmpty();
    }

    @Test
    public void testMissing()
    {
        assertThat(CatalogDifferences.find(List.of(report("c2"), report("c1", print("a", Map.of())), report("c3", print("a", Map.of())))))
                .containsExactly("Catalog a is on [c1, c3], and not on [c2]");
    }

    @Test
    public void testConnectors()
    {
        assertThat(CatalogDifferences.find(List.of(
                report("c1", new CatalogFingerprint("a", "tpch", ImmutableMap.of("x", "1"))),
                report("c2", new CatalogFingerprint("a", "memory", ImmutableMap.of())))))
                .containsExactly("Catalog a has different connectors: {memory=[c2], tpch=[c1]}");
    }

    @Test
    public void testPropertiesWithoutTheirValues()
    {
        Set<String> differences = CatalogDifferences.find(List.of(
                report("c1", print("a", Map.of("user", "u", "password", "topsecret1"))),
                report("c2", print("a", Map.of("user", "u", "password", "topsecret2", "more", "m"))),
                report("c3", print("a", Map.of("user", "u", "password", "topsecret1")))));
        assertThat(differences).containsExactly(
                "Catalog a differs in the property more: one on [c2], none on [c1, c3]",
                "Catalog a differs in the property password: one on [c1, c3], another one on [c2]");
    }

    @Test
    public void testStores()
    {
        assertThat(CatalogDifferences.find(List.of(
                new CatalogReport("c1", Optional.of("x"), Set.of(), List.of()),
                new CatalogReport("c2", Optional.of("y"), Set.of(), List.of()),
                new CatalogReport("c3", Optional.empty(), Set.of(), List.of()))))
                .containsExactly("The coordinators do not share one store of catalogs: one on [c1], another one on [c2], none on [c3]");
    }

    @Test
    public void testFingerprints()
    {
        CatalogFingerprint fingerprint = print("a", Map.of("password", "topsecret"));
        assertThat(fingerprint.toString()).doesNotContain("topsecret");
        assertThat(fingerprint).isEqualTo(print("a", Map.of("password", "topsecret")));
        assertThat(fingerprint.properties().get("password"))
                .as("equal passwords of different catalogs cannot be told")
                .isNotEqualTo(print("b", Map.of("password", "topsecret")).properties().get("password"))
                .isNotEqualTo(CatalogReporter.fingerprint(new SecretKeySpec("other".getBytes(UTF_8), "HmacSHA256"), catalog("a", Map.of("password", "topsecret"))).properties().get("password"));
    }

    @Test
    public void testDifferenceIsReportedOnceUntilItDisappears()
    {
        CatalogDifferences differences = new CatalogDifferences(2);
        List<CatalogReport> different = List.of(report("c1", print("a", Map.of())), report("c2"));
        List<CatalogReport> same = List.of(report("c1", print("a", Map.of())), report("c2", print("a", Map.of())));
        String message = "Catalog a is on [c1], and not on [c2]";

        assertThat(differences.compare(different)).as("it may be on its way").isEmpty();
        assertThat(differences.compare(same)).isEmpty();
        assertThat(differences.compare(different)).isEmpty();
        assertThat(differences.getCurrent()).isEmpty();
        assertThat(differences.compare(different)).containsExactly(message);
        assertThat(differences.getCurrent()).containsExactly(message);
        assertThat(differences.compare(different)).isEmpty();
        assertThat(differences.getCurrent()).containsExactly(message);

        assertThat(differences.compare(same)).isEmpty();
        assertThat(differences.getCurrent()).isEmpty();
        differences.compare(different);
        assertThat(differences.compare(different)).containsExactly(message);
    }

    private static CatalogReport report(String nodeId, CatalogFingerprint... catalogs)
    {
        return new CatalogReport(nodeId, Optional.empty(), Set.of(), List.of(catalogs));
    }

    private static CatalogFingerprint print(String name, Map<String, String> properties)
    {
        return CatalogReporter.fingerprint(KEY, catalog(name, properties));
    }
}
