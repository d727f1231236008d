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
package io.prestosql.selection.rules;

import com.google.common.collect.ImmutableList;
import com.google.re2j.PatternSyntaxException;
import io.airlift.units.Duration;
import io.prestosql.selection.RequestHeaders;
import io.prestosql.selection.rules.RulesDocument.RuleDefinition;
import io.prestosql.selection.rules.SelectionRule.QueryCondition;
import io.prestosql.selection.rules.SelectionRule.RuleTarget;
import io.prestosql.spi.selection.ClusterChoice;
import io.prestosql.spi.selection.ClusterSelection.WhenUnavailable;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.SelectionQuery;
import io.trino.spi.resourcegroups.QueryType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * Makes a rule of its definition, and finds what is wrong with it.
 */
final class RuleCompiler
{
    private static final String FALLBACK = "fallback";

    private final RuleDefinition definition;
    private final String description;
    private final String pointer;
    private final Optional<String> defaultRoutingGroup;
    private final List<Problem> problems = new ArrayList<>();
    private final List<QueryCondition> conditions = new ArrayList<>();
    private final List<HeaderCondition> headerConditions = new ArrayList<>();
    private final Set<String> groups = new HashSet<>();

    /**
     * @param pointer the JSON pointer of the value that is wrong
     */
    record Problem(String pointer, String message)
    {
        Problem
        {
            requireNonNull(pointer, "pointer is null");
            requireNonNull(message, "message is null");
        }
    }

    /**
     * @param description names the rule and its place, for people
     * @param pointer the JSON pointer of the rule
     */
    RuleCompiler(RuleDefinition definition, String description, String pointer, Optional<String> defaultRoutingGroup)
    {
        this.definition = requireNonNull(definition, "definition is null");
        this.description = requireNonNull(description, "description is null");
        this.pointer = requireNonNull(pointer, "pointer is null");
        this.defaultRoutingGroup = requireNonNull(defaultRoutingGroup, "defaultRoutingGroup is null");
    }

    List<Problem> problems()
    {
        return ImmutableList.copyOf(problems);
    }

    /**
     * @return empty when the definition is wrong
     */
    Optional<SelectionRule> compile()
    {
        addConditions();
        Optional<RuleTarget> target = target();
        target.ifPresent(this::checkVariables);
        ClusterChoice choice = definition.choice()
                .flatMap(text -> constant("choice", text, ClusterChoice.values()))
                .orElse(ClusterChoice.LEAST_LOADED);
        WhenUnavailable whenUnavailable = definition.whenUnavailable()
                .filter(text -> !text.equals(FALLBACK))
                .flatMap(text -> constant("whenUnavailable", text, WhenUnavailable.values(), FALLBACK))
                .orElse(WhenUnavailable.WAIT);
        List<ClusterTarget> fallbacks = fallbacks();
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new SelectionRule(
                description,
                conditions,
                headerConditions,
                target.orElseThrow(),
                fallbacks,
                definition.clusterTags(),
                choice,
                whenUnavailable,
                definition.maxWait().map(Duration::toJavaTime)));
    }

    private void addConditions()
    {
        // those that need no regular expression first
        if (!definition.clientTags().isEmpty()) {
            Set<String> tags = definition.clientTags();
            conditions.add((query, _) -> query.clientTags().containsAll(tags));
        }
        addQueryTypes();
        value("user", definition.user(), query -> Optional.of(query.user()));
        value("source", definition.source(), SelectionQuery::source);
        value("resourceGroup", definition.resourceGroup(), query -> Optional.of(query.resourceGroup()));
        value("originalUser", definition.originalUser(), query -> Optional.of(query.originalUser()));
        value("authenticatedUser", definition.authenticatedUser(), SelectionQuery::authenticatedUser);
        value("clientInfo", definition.clientInfo(), SelectionQuery::clientInfo);
        anyValue("userGroup", definition.userGroup(), SelectionQuery::userGroups);
        definition.sessionProperties().forEach((property, pattern) -> value("sessionProperties/" + property, Optional.of(pattern), query -> Optional.ofNullable(query.sessionProperties().get(property))));
        anyValue("catalog", definition.catalog(), query -> query.statement().catalogs());
        anyValue("schema", definition.schema(), query -> query.statement().schemas());
        anyValue("table", definition.table(), query -> query.statement().tables());
        definition.headers().forEach(this::addHeader);
    }

    private void addQueryTypes()
    {
        Set<String> types = definition.queryType().stream()
                .map(type -> type.toUpperCase(ENGLISH))
                .collect(toImmutableSet());
        List<String> known = Arrays.stream(QueryType.values()).map(QueryType::name).collect(toImmutableList());
        types.stream()
                .filter(type -> !known.contains(type))
                .forEach(type -> problem("queryType", "'%s' is no query type. The types are: %s".formatted(type, String.join(", ", known))));
        if (!types.isEmpty()) {
            conditions.add((query, _) -> query.statement().queryType().filter(types::contains).isPresent());
        }
    }

    private void addHeader(String name, String text)
    {
        if (RequestHeaders.isSecret(name)) {
            problem("headers/" + name, "rules cannot see this header, as it proves who the client is. Remove the condition");
            return;
        }
        pattern("headers/" + name, text).ifPresent(pattern -> headerConditions.add(new HeaderCondition(name, pattern)));
    }

    private void value(String key, Optional<String> text, Function<SelectionQuery, Optional<String>> value)
    {
        text.flatMap(expression -> pattern(key, expression)).ifPresent(pattern ->
                conditions.add((query, captured) -> value.apply(query).filter(actual -> pattern.matches(actual, captured)).isPresent()));
    }

    private void anyValue(String key, Optional<String> text, Function<SelectionQuery, Collection<String>> values)
    {
        text.flatMap(expression -> pattern(key, expression)).ifPresent(pattern ->
                conditions.add((query, captured) -> values.apply(query).stream().anyMatch(actual -> pattern.matches(actual, captured))));
    }

    private Optional<ValuePattern> pattern(String key, String text)
    {
        try {
            ValuePattern pattern = new ValuePattern(text);
            pattern.groups().stream()
                    .filter(group -> !groups.add(group))
                    .forEach(group -> problem(key, "the rule has another group with the name '%s'. Rename one of the two".formatted(group)));
            return Optional.of(pattern);
        }
        catch (PatternSyntaxException e) {
            problem(key, "'%s' is no regular expression: %s. Correct it; the syntax is that of RE2, without backreferences and look-around".formatted(text, e.getDescription()));
            return Optional.empty();
        }
    }

    private Optional<RuleTarget> target()
    {
        if (definition.routingGroup().isPresent() == definition.cluster().isPresent()) {
            problem("", "a rule needs a \"routingGroup\" or a \"cluster\", and not both. %s".formatted(definition.cluster().isPresent() ? "Remove one of the two" : "Add one of the two"));
            return Optional.empty();
        }
        return definition.routingGroup()
                .map(name -> new RuleTarget(new TargetName(name), ClusterTarget.RoutingGroup::new))
                .or(() -> definition.cluster().map(name -> new RuleTarget(new TargetName(name), ClusterTarget.NamedCluster::new)));
    }

    private void checkVariables(RuleTarget target)
    {
        target.name().variables().stream()
                .filter(variable -> !groups.contains(variable))
                .forEach(variable -> problem(
                        definition.cluster().isPresent() ? "cluster" : "routingGroup",
                        "no regular expression of the rule has a group '%s'. Name the group as in (?<%s>...), or correct the variable".formatted(variable, variable)));
    }

    private List<ClusterTarget> fallbacks()
    {
        ImmutableList.Builder<ClusterTarget> fallbacks = ImmutableList.builder();
        definition.fallbackRoutingGroups().forEach(group -> fallbacks.add(new ClusterTarget.RoutingGroup(group)));
        if (definition.whenUnavailable().equals(Optional.of(FALLBACK))) {
            defaultRoutingGroup.ifPresentOrElse(
                    group -> fallbacks.add(new ClusterTarget.RoutingGroup(group)),
                    () -> problem("whenUnavailable", "'fallback' is the default routing group, and there is none. Add \"defaultRoutingGroup\", or use 'wait' or 'fail'"));
        }
        return fallbacks.build();
    }

    private <T extends Enum<T>> Optional<T> constant(String key, String text, T[] values, String... others)
    {
        Optional<T> found = Arrays.stream(values)
                .filter(value -> text(value).equals(text))
                .findFirst();
        if (found.isEmpty()) {
            String known = Stream.concat(Arrays.stream(values).map(RuleCompiler::text), Arrays.stream(others)).collect(joining(", "));
            problem(key, "'%s' is not known. It may be one of: %s".formatted(text, known));
        }
        return found;
    }

    private static String text(Enum<?> value)
    {
        return value.name().toLowerCase(ENGLISH).replace('_', '-');
    }

    private void problem(String key, String message)
    {
        problems.add(new Problem(key.isEmpty() ? pointer : pointer + "/" + key, message));
    }
}
