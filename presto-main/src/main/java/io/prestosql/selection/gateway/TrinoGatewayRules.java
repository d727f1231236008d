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

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import io.prestosql.selection.gateway.GatewayRule.Mvel;
import io.prestosql.selection.gateway.RuleThreads.RulesOutcome;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionRequest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.selection.gateway.RuleSet.QUERY_PROPERTIES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Selects clusters by the rules in a file of Trino Gateway. They run once for a query, when it is submitted: only then is the request there,
 * which is what they decide by.
 * <p>
 * A rule can run any Java in the dispatcher, so the file is to be protected like the configuration.
 */
public class TrinoGatewayRules
        implements ClusterSelectionPolicy
{
    private static final Logger log = Logger.get(TrinoGatewayRules.class);
    private static final String REQUEST = "request";
    private static final String REQUEST_USER = "trinoRequestUser";
    private static final int MAX_RUNNING = 8;
    private static final int MAX_LOST = 8;

    private final Path file;
    private final TrinoGatewayConfig common;
    private final TrinoGatewayRulesConfig config;
    private final ClusterSelectionContext context;
    private final TrinoGatewayCounters counters;
    private final RuleThreads threads;
    private final ScheduledExecutorService refresher = newSingleThreadScheduledExecutor(daemonThreadsNamed("cluster-selection-refresh-%s"));
    private final LogPace failedRunsPace = new LogPace(Ticker.systemTicker());
    private final Set<String> loggedProblems = new HashSet<>();
    private byte[] content;
    private List<String> contentProblems = ImmutableList.of();
    private volatile RuleSet rules;
    private volatile List<String> fileProblems = ImmutableList.of();

    /**
     * @throws InvalidClusterSelectionException when the file is wrong, or cannot be read
     */
    TrinoGatewayRules(TrinoGatewayConfig common, TrinoGatewayRulesConfig config, TrinoGatewayCounters counters, ClusterSelectionContext context)
    {
        this.common = requireNonNull(common, "common is null");
        this.config = requireNonNull(config, "config is null");
        this.file = config.getConfigFile();
        this.counters = requireNonNull(counters, "counters is null");
        this.context = requireNonNull(context, "context is null");
        this.threads = new RuleThreads(config.getRuleTimeout(), MAX_RUNNING, MAX_LOST, Ticker.systemTicker());
        this.content = read();
        this.rules = compile(content);
    }

    void start()
    {
        long periodMillis = config.getRefreshPeriod().toMillis();
        refresher.scheduleWithFixedDelay(this::refreshSafely, periodMillis, periodMillis, MILLISECONDS);
    }

    @Override
    public Map<String, String> inspect(SelectionRequest request)
    {
        RuleSet current = rules;
        RulesOutcome outcome = threads.run(current, objects(request, current));
        return decide(request, outcome).toFacts();
    }

    private Map<String, Object> objects(SelectionRequest request, RuleSet current)
    {
        ImmutableMap.Builder<String, Object> objects = ImmutableMap.builder();
        objects.put(REQUEST, new GatewayRequest(request));
        if (common.isAnalyzeStatements()) {
            objects.put(REQUEST_USER, new TrinoRequestUser(request.user()));
            if (current.usesStatement()) {
                objects.put(QUERY_PROPERTIES, new TrinoQueryProperties(request));
            }
        }
        return objects.buildOrThrow();
    }

    private RoutingDecision decide(SelectionRequest request, RulesOutcome outcome)
    {
        if (outcome.problem().isPresent()) {
            String problem = outcome.problem().get();
            counters.ruleRunFailed();
            failedRunsPace.next().ifPresent(kept -> log.warn("A query of user %s goes by the header %s, or to the default group: %s. See what %s does. This has happened %s times since the last line about it",
                    request.user(), RoutingDecision.ROUTING_GROUP_HEADER, problem, file, kept));
            return RoutingDecision.byHeader(request, problem);
        }
        return outcome.group()
                .map(group -> RoutingDecision.of(group.group(), group.rule().toString()))
                .orElseGet(() -> RoutingDecision.of(null, "no rule names a group"));
    }

    @Override
    public ClusterSelection select(SelectionQuery query)
    {
        return RoutingDecision.ofFacts(query.requestFacts()).select(common.getDefaultRoutingGroup(), context);
    }

    private byte[] read()
    {
        try {
            return Files.readAllBytes(file);
        }
        catch (NoSuchFileException _) {
            throw new InvalidClusterSelectionException(ImmutableList.of("%s does not exist. Write the rules there, or change cluster-selection.config-file".formatted(file)));
        }
        catch (IOException e) {
            throw new InvalidClusterSelectionException(ImmutableList.of("%s cannot be read, %s. Repair that, or change cluster-selection.config-file".formatted(file, e)));
        }
    }

    private RuleSet compile(byte[] content)
    {
        List<GatewayRule> parsed = GatewayRulesFile.parse(file, new String(content, UTF_8));
        if (!common.isAnalyzeStatements()) {
            for (GatewayRule rule : parsed) {
                if (rule.mentions(QUERY_PROPERTIES) || rule.mentions(REQUEST_USER)) {
                    throw new InvalidClusterSelectionException(ImmutableList.of("%s line %s: rule '%s' uses %s or %s, which need cluster-selection.analyze-statements=true"
                            .formatted(file, rule.line(), rule.name(), QUERY_PROPERTIES, REQUEST_USER)));
                }
            }
        }
        return new RuleSet(parsed, config.getRuleTimeout(), Ticker.systemTicker());
    }

    private void refreshSafely()
    {
        try {
            refresh();
        }
        catch (Throwable t) {
            log.error(t, "Error reading the rules of %s again", file);
        }
    }

    /**
     * Reads the file again if it has changed. A wrong one leaves the last right rules in use.
     */
    synchronized void refresh()
    {
        List<String> problems = readAgain();
        fileProblems = problems;
        List<String> groupProblems = groupProblems();
        loggedProblems.removeIf(problem -> !problems.contains(problem) && !groupProblems.contains(problem));
        problems.stream()
                .filter(loggedProblems::add)
                .forEach(problem -> log.error("A rule file is wrong, and the last rules that were right stay in use: %s", problem));
        groupProblems.stream()
                .filter(loggedProblems::add)
                .forEach(problem -> log.warn("Queries will fail: %s", problem));
    }

    /**
     * Finds the groups that no cluster has. It is no error of the file, as the clusters may come later.
     */
    private List<String> groupProblems()
    {
        ImmutableList.Builder<String> problems = ImmutableList.builder();
        Set<String> existing = context.routingGroups();
        for (GatewayRule rule : rules.rules()) {
            for (Mvel action : rule.actions()) {
                action.routingGroups().stream()
                        .filter(group -> !existing.contains(group))
                        .forEach(group -> problems.add("%s line %s: rule '%s' names the routing group '%s', which no cluster has. Name it in cluster.routing-groups of a cluster, or change the rule"
                                .formatted(file, action.line(), rule.name(), group)));
            }
        }
        RoutingDecision.problem(common.getDefaultRoutingGroup(), context).ifPresent(problems::add);
        return problems.build();
    }

    private List<String> readAgain()
    {
        try {
            byte[] read = read();
            if (!Arrays.equals(read, content)) {
                content = read;
                contentProblems = replaceRules(read);
            }
            return contentProblems;
        }
        catch (InvalidClusterSelectionException e) {
            return e.problems();
        }
    }

    private List<String> replaceRules(byte[] read)
    {
        try {
            rules = compile(read);
            log.info("The rules of %s have changed", file);
            return ImmutableList.of();
        }
        catch (InvalidClusterSelectionException e) {
            return e.problems();
        }
    }

    @Override
    public List<String> problems()
    {
        ImmutableList.Builder<String> problems = ImmutableList.builder();
        problems.addAll(fileProblems);
        problems.addAll(groupProblems());
        problems.addAll(rules.problems());
        if (threads.areAllLost()) {
            problems.add("%s: rules do not run any more, as %s threads are lost in rules that do not end. Correct those rules, and restart this dispatcher".formatted(file, threads.lostThreads()));
        }
        return problems.build();
    }

    @Override
    public void shutdown()
    {
        refresher.shutdownNow();
        threads.shutdown();
    }
}
