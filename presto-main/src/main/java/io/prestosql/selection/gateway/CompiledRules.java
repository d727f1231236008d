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

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import io.prestosql.selection.gateway.GatewayRule.Mvel;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import org.mvel2.CompileException;
import org.mvel2.MVEL;
import org.mvel2.ParserContext;
import org.mvel2.integration.VariableResolver;
import org.mvel2.integration.impl.MapVariableResolverFactory;
import org.mvel2.optimizers.OptimizerFactory;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Rules that can be run, by one thread at a time: MVEL keeps what it finds out while it runs in the compiled expression, without locks.
 * <p>
 * All rules whose condition is true fire, in their order, so that the last one that sets the routing group wins. They share one map
 * {@code state}. A rule that fails, because it throws or its condition is neither true nor false, sets nothing, and the others count.
 */
final class CompiledRules
{
    private static final String ROUTING_GROUP_KEY = "routingGroup";
    /** What may be named without its package in Trino Gateway, next to all of java.util. */
    private static final List<Class<?>> IMPORTS = ImmutableList.of(
            Boolean.class,
            Byte.class,
            Character.class,
            Double.class,
            Enum.class,
            Exception.class,
            Float.class,
            Integer.class,
            Long.class,
            Math.class,
            Short.class,
            StrictMath.class,
            String.class,
            StringBuffer.class,
            StringBuilder.class);

    static {
        // the other one makes classes, which stay, for expressions that have run often
        OptimizerFactory.setDefaultOptimizer(OptimizerFactory.SAFE_REFLECTIVE);
    }

    private final List<CompiledRule> rules;

    private record CompiledRule(GatewayRule source, Serializable condition, List<Serializable> actions) {}

    /**
     * The constants that rules name as {@code FileBasedRoutingGroupSelector}, which is a class of Trino Gateway.
     */
    public static final class ResultKeys
    {
        public static final String RESULTS_ROUTING_GROUP_KEY = ROUTING_GROUP_KEY;

        private ResultKeys() {}
    }

    /**
     * Follows the rules while they run.
     */
    interface RuleRun
    {
        /**
         * @return whether to run the rule
         */
        boolean begins(GatewayRule rule);

        void fails(GatewayRule rule, String problem);

        /**
         * Is called often, also from within loops of rules.
         *
         * @throws RuntimeException when the rules have to end
         */
        void check();
    }

    /**
     * @param rule the one that has set the group first
     */
    record GroupOfRule(String group, GatewayRule rule) {}

    private CompiledRules(List<CompiledRule> rules)
    {
        this.rules = ImmutableList.copyOf(rules);
    }

    /**
     * @throws InvalidClusterSelectionException when an expression does not compile
     */
    static CompiledRules compile(List<GatewayRule> sources)
    {
        List<CompiledRule> rules = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (GatewayRule source : sources) {
            ParserContext context = createContext();
            Serializable condition = compile(source, source.condition(), context, problems);
            List<Serializable> actions = new ArrayList<>();
            source.actions().forEach(action -> actions.add(compile(source, action, context, problems)));
            rules.add(new CompiledRule(source, condition, actions));
        }
        if (!problems.isEmpty()) {
            throw new InvalidClusterSelectionException(problems);
        }
        return new CompiledRules(rules);
    }

    private static Serializable compile(GatewayRule rule, Mvel mvel, ParserContext context, List<String> problems)
    {
        try {
            return MVEL.compileExpression(mvel.text(), context);
        }
        catch (RuntimeException | StackOverflowError e) {
            problems.add("%s line %s: rule '%s' has MVEL that does not compile, %s. Correct '%s'".formatted(rule.file(), mvel.line(), rule.name(), message(e), mvel.text().strip()));
            // is not run
            return "";
        }
    }

    private static ParserContext createContext()
    {
        ParserContext context = new ParserContext();
        context.addPackageImport("java.util");
        IMPORTS.forEach(context::addImport);
        context.addImport("FileBasedRoutingGroupSelector", ResultKeys.class);
        return context;
    }

    /**
     * @param objects what rules may name, next to {@code state} and {@code result}
     */
    Optional<GroupOfRule> run(Map<String, Object> objects, RuleRun run)
    {
        Map<String, Object> state = new HashMap<>();
        Map<String, Object> result = new HashMap<>();
        Optional<GroupOfRule> group = Optional.empty();
        for (CompiledRule rule : rules) {
            run.check();
            if (!run.begins(rule.source())) {
                continue;
            }
            Map<String, Object> before = new HashMap<>(result);
            try {
                if (isTrue(rule, objects, state, run)) {
                    for (Serializable action : rule.actions()) {
                        execute(action, objects, state, Optional.of(result), run);
                    }
                    group = group(rule, result, group);
                }
            }
            catch (RuntimeException | StackOverflowError | LinkageError e) {
                // does not come back when the rules have to end
                run.check();
                result = before;
                run.fails(rule.source(), message(e));
            }
        }
        return group;
    }

    private static Optional<GroupOfRule> group(CompiledRule rule, Map<String, Object> result, Optional<GroupOfRule> before)
    {
        Object group = result.get(ROUTING_GROUP_KEY);
        if (group != null && !(group instanceof String)) {
            throw new IllegalArgumentException("it sets routingGroup to a %s, which has to be a text".formatted(group.getClass().getName()));
        }
        if (Objects.equals(group, before.map(GroupOfRule::group).orElse(null))) {
            return before;
        }
        return Optional.ofNullable((String) group).map(name -> new GroupOfRule(name, rule.source()));
    }

    private static boolean isTrue(CompiledRule rule, Map<String, Object> objects, Map<String, Object> state, RuleRun run)
    {
        Object value = execute(rule.condition(), objects, state, Optional.empty(), run);
        if (value instanceof Boolean condition) {
            return condition;
        }
        throw new IllegalArgumentException("its condition is %s, which has to be true or false".formatted(value == null ? "null" : "a " + value.getClass().getName()));
    }

    private static Object execute(Serializable expression, Map<String, Object> objects, Map<String, Object> state, Optional<Map<String, Object>> result, RuleRun run)
    {
        // what an expression assigns is gone with it
        Map<String, Object> variables = new HashMap<>(objects);
        variables.put("state", state);
        result.ifPresent(map -> variables.put("result", map));
        return MVEL.executeExpression(expression, new CheckedVariables(variables, run));
    }

    private static String message(Throwable failure)
    {
        Throwable cause = Throwables.getRootCause(failure);
        if (cause instanceof StackOverflowError) {
            return "the nesting is too deep";
        }
        if (cause instanceof NullPointerException) {
            return "it uses a value that is null";
        }
        String message = cause.getMessage();
        if (message == null) {
            return cause.getClass().getName();
        }
        if (cause instanceof CompileException) {
            // only the first lines say what is wrong, the others draw where
            message = message.lines().findFirst().orElse("");
        }
        return message.strip();
    }

    /**
     * Variables whose use ends loops of rules that have to end.
     */
    private static final class CheckedVariables
            extends MapVariableResolverFactory
    {
        private final transient RuleRun run;

        private CheckedVariables(Map<String, Object> variables, RuleRun run)
        {
            super(variables);
            this.run = requireNonNull(run, "run is null");
        }

        @Override
        public VariableResolver getVariableResolver(String name)
        {
            run.check();
            return super.getVariableResolver(name);
        }

        @Override
        public boolean isResolveable(String name)
        {
            run.check();
            return super.isResolveable(name);
        }
    }
}
