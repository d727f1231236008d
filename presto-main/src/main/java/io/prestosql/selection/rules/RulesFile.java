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

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.google.common.collect.ImmutableList;
import io.airlift.json.ObjectMapperProvider;
import io.prestosql.selection.rules.RuleCompiler.Problem;
import io.prestosql.selection.rules.RulesDocument.RuleDefinition;
import io.prestosql.spi.selection.InvalidClusterSelectionException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * Reads a file with rules.
 */
final class RulesFile
{
    private static final ObjectMapper MAPPER = new ObjectMapperProvider().get()
            .copy()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private final Path path;

    RulesFile(Path path)
    {
        this.path = requireNonNull(path, "path is null");
    }

    /**
     * @throws InvalidClusterSelectionException when something is wrong with the rules; it names all of them that can be told
     */
    SelectionRules parse(byte[] json)
    {
        RulesDocument document;
        JsonLines lines;
        try {
            document = MAPPER.readValue(json, RulesDocument.class);
            lines = JsonLines.of(json);
        }
        catch (JsonProcessingException e) {
            throw new InvalidClusterSelectionException(ImmutableList.of(describe(e, json)));
        }
        catch (IOException e) {
            throw new InvalidClusterSelectionException(ImmutableList.of("%s: %s".formatted(path, e.getMessage())));
        }
        if (document == null) {
            throw new InvalidClusterSelectionException(ImmutableList.of("%s: the file has no rules. Write an object with the key \"rules\"".formatted(path)));
        }
        return compile(document, lines);
    }

    private SelectionRules compile(RulesDocument document, JsonLines lines)
    {
        ImmutableList.Builder<SelectionRule> rules = ImmutableList.builder();
        ImmutableList.Builder<String> problems = ImmutableList.builder();
        Set<String> names = new HashSet<>();
        for (int index = 0; index < document.rules().size(); index++) {
            RuleDefinition definition = document.rules().get(index);
            String pointer = "/rules/" + index;
            String name = definition.name().orElse(String.valueOf(index + 1));
            String description = "Rule %s (%s)".formatted(name, location(lines, pointer));
            if (!names.add(name)) {
                problems.add("%s: there are two rules with the name '%s'. Rename one of them".formatted(location(lines, pointer + "/name"), name));
            }
            RuleCompiler compiler = new RuleCompiler(definition, description, pointer, document.defaultRoutingGroup());
            compiler.compile().ifPresent(rules::add);
            for (Problem problem : compiler.problems()) {
                problems.add("%s: rule %s, %s: %s".formatted(location(lines, problem.pointer()), name, key(problem, pointer), problem.message()));
            }
        }
        List<String> found = problems.build();
        if (!found.isEmpty()) {
            throw new InvalidClusterSelectionException(found);
        }
        return new SelectionRules(rules.build(), document.defaultRoutingGroup());
    }

    private static String key(Problem problem, String rulePointer)
    {
        return problem.pointer().equals(rulePointer) ? "target" : "\"%s\"".formatted(problem.pointer().substring(rulePointer.length() + 1));
    }

    private String location(JsonLines lines, String pointer)
    {
        return "%s, line %s".formatted(path, lines.lineOf(pointer));
    }

    private String describe(JsonProcessingException failure, byte[] json)
    {
        String location = line(failure, json)
                .map(line -> "%s, line %s".formatted(path, line))
                .orElse(path.toString());
        if (failure instanceof UnrecognizedPropertyException unknown) {
            String known = unknown.getKnownPropertyIds().stream()
                    .map(Object::toString)
                    .sorted()
                    .collect(joining(", "));
            return "%s: there is no key \"%s\". Remove or correct it; the keys are: %s".formatted(location, unknown.getPropertyName(), known);
        }
        // the cause says what a value lacks, without the name of our class
        return "%s: %s".formatted(location, failure.getCause() instanceof RuntimeException cause ? cause.getMessage() : failure.getOriginalMessage());
    }

    /**
     * Returns the line of the value that is wrong. Jackson reads an object to its end before it makes a record of it, and knows only that line.
     */
    private static Optional<Integer> line(JsonProcessingException failure, byte[] json)
    {
        if (failure instanceof MismatchedInputException mapping && !mapping.getPath().isEmpty()) {
            try {
                String pointer = mapping.getPath().stream()
                        .map(reference -> reference.getFieldName() == null ? String.valueOf(reference.getIndex()) : reference.getFieldName())
                        .collect(joining("/", "/", ""));
                return Optional.of(JsonLines.of(json).lineOf(pointer));
            }
            catch (IOException _) {
                // what is behind the value is no JSON
            }
        }
        return Optional.ofNullable(failure.getLocation())
                .map(JsonLocation::getLineNr)
                .filter(line -> line > 0);
    }
}
