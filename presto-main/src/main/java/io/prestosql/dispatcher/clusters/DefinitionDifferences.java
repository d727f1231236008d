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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableList;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.cluster.ClusterFingerprints;
import io.prestosql.cluster.Clusters;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.node.ClusterName;
import org.weakref.jmx.Managed;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Compares the definitions of clusters in the files of this dispatcher with those of the others, while it leads. The others tell it theirs
 * every 10 seconds: the leader need not know how to reach them.
 */
public class DefinitionDifferences
{
    private static final Logger log = Logger.get(DefinitionDifferences.class);
    /** A dispatcher that has not told its definitions for so long is away, or is leading elsewhere. */
    static final long FORGET_NANOS = MILLISECONDS.toNanos(6 * DefinitionsReporter.REPEAT_MILLIS);

    private final Supplier<Map<ClusterName, String>> ownFingerprints;
    private final Supplier<List<String>> ownProblems;
    private final BooleanSupplier leading;
    private final LongSupplier nanoClock;
    /** Guarded by this. */
    private final Map<String, ReceivedReport> reports = new TreeMap<>();

    /** What was logged last of each dispatcher that differs. Guarded by this. */
    private final Map<String, String> loggedDifferences = new HashMap<>();

    private record ReceivedReport(DefinitionsReport report, long nanos) {}

    @Inject
    public DefinitionDifferences(ClusterFingerprints fingerprints, Clusters clusters, QueueAdmission queue)
    {
        this(fingerprints::ofFiles, clusters::getProblems, queue::isLeading, System::nanoTime);
    }

    DefinitionDifferences(Supplier<Map<ClusterName, String>> ownFingerprints, Supplier<List<String>> ownProblems, BooleanSupplier leading, LongSupplier nanoClock)
    {
        this.ownFingerprints = requireNonNull(ownFingerprints, "ownFingerprints is null");
        this.ownProblems = requireNonNull(ownProblems, "ownProblems is null");
        this.leading = requireNonNull(leading, "leading is null");
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
    }

    synchronized void take(DefinitionsReport report)
    {
        forgetOld();
        reports.put(report.nodeId(), new ReceivedReport(report, nanoClock.getAsLong()));
        Optional<String> difference = difference(report, ownFingerprints.get()).map(DefinitionDifference::describe);
        Optional<String> logged = Optional.ofNullable(loggedDifferences.get(report.nodeId()));
        if (difference.equals(logged)) {
            return;
        }
        if (difference.isPresent()) {
            loggedDifferences.put(report.nodeId(), difference.get());
            log.warn("The files of dispatchers differ. %s", difference.get());
        }
        else {
            loggedDifferences.remove(report.nodeId());
            log.info("The files of dispatcher %s define the same clusters as those of the leader again", report.nodeId());
        }
    }

    private static Optional<DefinitionDifference> difference(DefinitionsReport report, Map<ClusterName, String> own)
    {
        return DefinitionDifference.between(own, report.nodeId(), report.fingerprints());
    }

    private synchronized void forgetOld()
    {
        if (!leading.getAsBoolean()) {
            // what was told to an earlier term of this dispatcher
            reports.clear();
            loggedDifferences.clear();
        }
        long now = nanoClock.getAsLong();
        reports.values().removeIf(told -> now - told.nanos() > FORGET_NANOS);
        // one that returns with the same difference is logged again
        loggedDifferences.keySet().retainAll(reports.keySet());
    }

    private synchronized List<DefinitionsReport> reports()
    {
        forgetOld();
        return reports.values().stream()
                .map(ReceivedReport::report)
                .collect(toImmutableList());
    }

    /**
     * Returns how the definitions of other dispatchers differ; nothing while this dispatcher does not lead.
     */
    List<DefinitionDifference> differences()
    {
        Map<ClusterName, String> own = ownFingerprints.get();
        return reports().stream()
                .flatMap(report -> difference(report, own).stream())
                .collect(toImmutableList());
    }

    /**
     * Returns what is wrong with definitions at other dispatchers but not here, and how theirs differ: sentences without a full stop.
     */
    List<String> problems()
    {
        List<String> own = ownProblems.get();
        Map<ClusterName, String> fingerprints = ownFingerprints.get();
        ImmutableList.Builder<String> problems = ImmutableList.builder();
        for (DefinitionsReport report : reports()) {
            report.problems().stream()
                    .filter(problem -> !own.contains(problem))
                    .map(problem -> "Dispatcher %s: %s".formatted(report.nodeId(), problem))
                    .forEach(problems::add);
            difference(report, fingerprints).map(DefinitionDifference::describe).ifPresent(problems::add);
        }
        return problems.build();
    }

    @Managed(description = "On the leader: dispatchers whose files define clusters in another way")
    public int getDifferingDispatchers()
    {
        return differences().size();
    }

    @Managed(description = "On the leader: which dispatchers define which clusters in another way")
    public List<String> getDifferences()
    {
        return differences().stream()
                .map(DefinitionDifference::describe)
                .collect(toImmutableList());
    }
}
