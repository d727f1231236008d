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
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionRequest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Selects clusters by the rules of a file, which is read again when it changes. A file that is wrong keeps the last rules that were right.
 */
public class RulesPolicy
        implements ClusterSelectionPolicy
{
    private static final Logger log = Logger.get(RulesPolicy.class);

    private final Path path;
    private final RulesFile file;
    private final Targets targets;
    private final ClusterSelectionContext context;
    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("cluster-selection-rules"));
    private final Set<String> loggedProblems = new HashSet<>();
    private byte[] content;
    private volatile SelectionRules rules;
    /** What is wrong with the file; the rules are older than it. */
    private List<String> fileProblems = ImmutableList.of();
    private volatile List<String> problems = ImmutableList.of();

    /**
     * @throws InvalidClusterSelectionException when the file cannot be read, or something is wrong with its rules. That a rule names a group
     * that is not there is only reported, as its clusters may become known later.
     */
    public RulesPolicy(Path path, Duration refreshPeriod, ClusterSelectionContext context)
    {
        this.path = requireNonNull(path, "path is null");
        this.file = new RulesFile(path);
        this.targets = new Targets(context);
        this.context = requireNonNull(context, "context is null");
        try {
            this.content = Files.readAllBytes(path);
        }
        catch (IOException e) {
            throw new InvalidClusterSelectionException(ImmutableList.of("%s cannot be read: %s. Correct cluster-selection.config-file, or make the file readable".formatted(path, e)));
        }
        this.rules = file.parse(content);
        updateProblems();
        executor.scheduleWithFixedDelay(this::refreshSafely, refreshPeriod.toMillis(), refreshPeriod.toMillis(), MILLISECONDS);
    }

    @Override
    public Map<String, String> inspect(SelectionRequest request)
    {
        return rules.inspect(request);
    }

    @Override
    public ClusterSelection select(SelectionQuery query)
    {
        return rules.select(query, targets);
    }

    @Override
    public List<String> problems()
    {
        return problems;
    }

    @Override
    public void shutdown()
    {
        executor.shutdownNow();
    }

    private void refreshSafely()
    {
        try {
            refresh();
        }
        catch (Throwable t) {
            log.error(t, "Error reading the rules for the selection of clusters");
        }
    }

    synchronized void refresh()
    {
        boolean changed = false;
        try {
            byte[] current = Files.readAllBytes(path);
            // rules that name a group which is not there are tried again, as the group's clusters may be there now
            if (!Arrays.equals(current, content) || !fileProblems.isEmpty()) {
                content = current;
                SelectionRules read = file.parse(current);
                fileProblems = read.missingTargets(targets);
                changed = fileProblems.isEmpty();
                if (changed) {
                    rules = read;
                    log.info("The rules for the selection of clusters have changed: %s has %s", path, read.rules().size());
                }
            }
        }
        catch (InvalidClusterSelectionException e) {
            fileProblems = e.problems();
        }
        catch (IOException e) {
            fileProblems = ImmutableList.of("%s cannot be read: %s. Make the file readable".formatted(path, e));
        }
        updateProblems();
        if (changed) {
            context.rulesChanged();
        }
    }

    private void updateProblems()
    {
        problems = fileProblems.isEmpty() ? rules.missingTargets(targets) : fileProblems;
        loggedProblems.retainAll(problems);
        problems.stream()
                .filter(loggedProblems::add)
                .forEach(problem -> log.error("Something is wrong with the rules for the selection of clusters, and the last ones that were right stay in use: %s", problem));
    }
}
