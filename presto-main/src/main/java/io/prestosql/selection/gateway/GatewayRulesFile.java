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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.prestosql.selection.gateway.GatewayRule.Mvel;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Comparator.comparingInt;
import static java.util.Objects.requireNonNull;

/**
 * Reads the text of a rule file of Trino Gateway: a YAML document for each rule.
 */
final class GatewayRulesFile
{
    private static final Set<String> REQUIRED_KEYS = ImmutableSet.of("name", "condition", "actions");
    private static final Set<String> KEYS = Sets.union(REQUIRED_KEYS, ImmutableSet.of("description", "priority"));
    private static final int MAX_NAME_LENGTH = 256;

    private final Path file;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Integer> lines = new HashMap<>();

    private GatewayRulesFile(Path file)
    {
        this.file = requireNonNull(file, "file is null");
    }

    /**
     * @return the rules in their order: by priority, and those of the same priority as in the file
     * @throws InvalidClusterSelectionException when the text is wrong
     */
    static List<GatewayRule> parse(Path file, String text)
    {
        return new GatewayRulesFile(file).parse(text);
    }

    private List<GatewayRule> parse(String text)
    {
        List<GatewayRule> rules = new ArrayList<>();
        try {
            for (Node document : new Yaml(new LoaderOptions()).composeAll(new StringReader(text))) {
                if (!isEmpty(document)) {
                    rule(document).ifPresent(rules::add);
                }
            }
        }
        catch (MarkedYAMLException e) {
            problems.add("%s line %s: this is no YAML, %s. Each rule is a document of its own, with --- before it, and text with colons or quotes is quoted"
                    .formatted(file, e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1, e.getProblem()));
        }
        catch (YAMLException e) {
            problems.add("%s: this is no YAML, %s".formatted(file, e.getMessage()));
        }
        if (problems.isEmpty() && rules.isEmpty()) {
            problems.add("%s: there is no rule. Add one, with name, condition and actions".formatted(file));
        }
        if (!problems.isEmpty()) {
            throw new InvalidClusterSelectionException(problems);
        }
        // a stable sort
        rules.sort(comparingInt(GatewayRule::priority));
        return ImmutableList.copyOf(rules);
    }

    private Optional<GatewayRule> rule(Node document)
    {
        if (!(document instanceof MappingNode mapping)) {
            problem(document, "a rule has keys and values: %s".formatted(String.join(", ", KEYS)));
            return Optional.empty();
        }
        int problemsBefore = problems.size();
        Map<String, Node> values = values(mapping);
        Sets.difference(REQUIRED_KEYS, values.keySet())
                .forEach(key -> problem(document, "the rule has no %s. Add it".formatted(key)));
        String name = text("name", values).orElse("");
        Optional<Mvel> condition = mvel("condition", values.get("condition"));
        int priority = priority(values.get("priority"));
        List<Mvel> actions = actions(values.get("actions"));
        text("description", values);
        if (problems.size() > problemsBefore) {
            return Optional.empty();
        }
        if (name.isBlank() || name.length() > MAX_NAME_LENGTH) {
            problem(values.get("name"), "the name of a rule has 1 to %s characters".formatted(MAX_NAME_LENGTH));
            return Optional.empty();
        }
        Integer other = lines.putIfAbsent(name, line(document));
        if (other != null) {
            problem(document, "the rule of line %s has the name '%s', too. Rename one of the two".formatted(other, name));
            return Optional.empty();
        }
        return Optional.of(new GatewayRule(name, priority, file, line(document), condition.orElseThrow(), actions));
    }

    private Map<String, Node> values(MappingNode rule)
    {
        Map<String, Node> values = new LinkedHashMap<>();
        for (NodeTuple entry : rule.getValue()) {
            String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (!KEYS.contains(key)) {
                problem(entry.getKeyNode(), "'%s' is no key of a rule. The keys are %s".formatted(key, String.join(", ", KEYS)));
            }
            else if (values.put(key, entry.getValueNode()) != null) {
                problem(entry.getKeyNode(), "the rule has %s twice. Remove one of the two".formatted(key));
            }
        }
        return values;
    }

    private Optional<String> text(String key, Map<String, Node> values)
    {
        Node node = values.get(key);
        if (node == null || isEmpty(node)) {
            return Optional.empty();
        }
        if (node instanceof ScalarNode scalar) {
            return Optional.of(scalar.getValue());
        }
        problem(node, "%s is a text".formatted(key));
        return Optional.empty();
    }

    private Optional<Mvel> mvel(String key, Node node)
    {
        if (node == null) {
            // said already
            return Optional.empty();
        }
        if (node instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
            return Optional.of(new Mvel(scalar.getValue(), line(node)));
        }
        problem(node, "%s is a text with an MVEL expression, quoted or behind |".formatted(key));
        return Optional.empty();
    }

    private int priority(Node node)
    {
        if (node == null || isEmpty(node)) {
            return 0;
        }
        if (node instanceof ScalarNode scalar) {
            try {
                return Integer.parseInt(scalar.getValue());
            }
            catch (NumberFormatException _) {
                // said below
            }
        }
        problem(node, "priority is a whole number, and rules with a lower one come first");
        return 0;
    }

    private List<Mvel> actions(Node node)
    {
        if (node == null) {
            return ImmutableList.of();
        }
        if (node instanceof SequenceNode sequence) {
            return sequence.getValue().stream()
                    .flatMap(action -> mvel("an action", action).stream())
                    .collect(toImmutableList());
        }
        problem(node, "actions is a list: put - before each action");
        return ImmutableList.of();
    }

    private void problem(Node node, String problem)
    {
        problems.add("%s line %s: %s".formatted(file, line(node), problem));
    }

    private static int line(Node node)
    {
        return node.getStartMark().getLine() + 1;
    }

    private static boolean isEmpty(Node node)
    {
        return node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
    }
}
