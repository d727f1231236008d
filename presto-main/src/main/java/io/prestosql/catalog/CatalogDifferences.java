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

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Finds differences between the catalogs of coordinators, which the operator has to resolve. No threads, no clock, no I/O.
 */
public class CatalogDifferences
{
    private final int rounds;
    private final Map<String, Integer> seen = new HashMap<>();
    private final Set<String> told = new HashSet<>();
    private Set<String> current = new TreeSet<>();

    /**
     * @param rounds number of consecutive comparisons with a difference before it is reported: a change does not reach all coordinators at
     * once
     */
    public CatalogDifferences(int rounds)
    {
        checkArgument(rounds > 0, "rounds is %s", rounds);
        this.rounds = rounds;
    }

    /**
     * @param reports reports of the coordinators that have answered
     * @return the differences to report; each is reported once, until it is gone
     */
    public List<String> compare(Collection<CatalogReport> reports)
    {
        Set<String> differences = find(reports);
        differences.forEach(difference -> seen.merge(difference, 1, Integer::sum));
        seen.keySet().retainAll(differences);
        told.retainAll(differences);
        current = new TreeSet<>();
        seen.forEach((difference, count) -> {
            if (count >= rounds) {
                current.add(difference);
            }
        });
        return current.stream()
                .filter(told::add)
                .collect(toImmutableList());
    }

    /**
     * Returns all current differences, reported or not.
     */
    public Set<String> getCurrent()
    {
        return ImmutableSortedSet.copyOf(current);
    }

    /**
     * Returns one sentence for each difference, without values of properties, which may be secret.
     */
    static Set<String> find(Collection<CatalogReport> reports)
    {
        SortedMap<String, CatalogReport> nodes = new TreeMap<>();
        reports.forEach(report -> nodes.put(report.nodeId(), report));
        Set<String> differences = new TreeSet<>();

        SortedMap<String, Set<String>> stores = new TreeMap<>();
        nodes.values().forEach(report -> stores.computeIfAbsent(report.storeId().orElse(""), _ -> new TreeSet<>()).add(report.nodeId()));
        if (stores.size() > 1) {
            differences.add("The coordinators do not share one store of catalogs: " + groups(stores));
        }

        Set<String> names = new TreeSet<>();
        nodes.values().forEach(report -> report.catalogs().forEach(catalog -> names.add(catalog.name())));
        for (String name : names) {
            SortedMap<String, CatalogFingerprint> having = new TreeMap<>();
            nodes.values().forEach(report -> find(report, name).ifPresent(catalog -> having.put(report.nodeId(), catalog)));
            Set<String> missing = new TreeSet<>(Sets.difference(nodes.keySet(), having.keySet()));
            if (!missing.isEmpty()) {
                differences.add("Catalog %s is on %s, and not on %s".formatted(name, having.keySet(), missing));
            }
            SortedMap<String, Set<String>> connectors = new TreeMap<>();
            having.forEach((node, catalog) -> connectors.computeIfAbsent(catalog.connector(), _ -> new TreeSet<>()).add(node));
            if (connectors.size() > 1) {
                differences.add("Catalog %s has different connectors: %s".formatted(name, connectors));
                // their properties cannot be compared
                continue;
            }
            Set<String> properties = new TreeSet<>();
            having.values().forEach(catalog -> properties.addAll(catalog.properties().keySet()));
            for (String property : properties) {
                Map<String, Set<String>> values = new HashMap<>();
                having.forEach((node, catalog) -> values.computeIfAbsent(catalog.properties().getOrDefault(property, ""), _ -> new TreeSet<>()).add(node));
                if (values.size() > 1) {
                    differences.add("Catalog %s differs in the property %s: %s".formatted(name, property, groups(values)));
                }
            }
        }
        return differences;
    }

    private static Optional<CatalogFingerprint> find(CatalogReport report, String name)
    {
        return report.catalogs().stream()
                .filter(catalog -> catalog.name().equals(name))
                .findFirst();
    }

    /**
     * Describes which nodes have equal values, and which have none, without showing the values.
     */
    private static String groups(Map<String, Set<String>> nodesByValue)
    {
        Set<String> without = nodesByValue.get("");
        // sorted by node, because an order by value would give the values away
        SortedMap<String, Set<String>> having = new TreeMap<>();
        nodesByValue.forEach((value, nodes) -> {
            if (!value.isEmpty()) {
                having.put(nodes.iterator().next(), nodes);
            }
        });
        String groups = having.values().stream()
                .map(nodes -> "one on " + nodes)
                .reduce((first, second) -> first + ", another one on " + second.substring("one on ".length()))
                .orElseThrow();
        return without == null ? groups : groups + ", none on " + without;
    }
}
