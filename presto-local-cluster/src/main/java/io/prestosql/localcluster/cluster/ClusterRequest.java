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
package io.prestosql.localcluster.cluster;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.localcluster.report.InvalidOptionException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.localcluster.node.ClusterNode.COORDINATOR;
import static io.prestosql.localcluster.node.ClusterNode.LOAD_BALANCER;
import static io.prestosql.localcluster.node.ClusterNode.POSTGRESQL;
import static io.prestosql.localcluster.node.ClusterNode.SERVER_ROLES;
import static io.prestosql.localcluster.node.ClusterNode.WORKER;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * One of several clusters that a user has asked for, behind the same dispatchers.
 *
 * @param name the name of its file on the dispatchers
 * @param coordinators the number of its nodes with the role coordinator alone
 * @param workers the number of its nodes with the role worker alone
 * @param coordinatorWorkers the number of its nodes with both roles
 * @param maxRunningQueries the value of {@code cluster.max-running-queries}, from 1 on
 * @param state the value of {@code cluster.state}
 */
public record ClusterRequest(String name, int coordinators, int workers, int coordinatorWorkers, OptionalInt maxRunningQueries, Optional<String> state)
{
    private static final String COORDINATORS = "coordinators";
    private static final String WORKERS = "workers";
    private static final String COORDINATOR_WORKERS = "coordinator-workers";
    private static final String MAX_RUNNING_QUERIES = "max-running-queries";
    private static final String STATE = "state";
    private static final Set<String> OPTIONS = ImmutableSet.of(COORDINATORS, WORKERS, COORDINATOR_WORKERS, MAX_RUNNING_QUERIES, STATE);

    private static final String ACTIVE = "ACTIVE";
    private static final Set<String> STATES = ImmutableSet.of(ACTIVE, "DRAINING", "INACTIVE");

    // as dispatchers have it
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");
    private static final String DEFAULT = "default";
    private static final Set<String> RESERVED = ImmutableSet.<String>builder()
            .addAll(SERVER_ROLES)
            .add(POSTGRESQL, LOAD_BALANCER, Setting.ALL)
            .build();

    private static final Splitter OPTION_SPLITTER = Splitter.on(',');

    /**
     * @throws InvalidOptionException if there can be no such cluster
     */
    public ClusterRequest
    {
        requireNonNull(name, "name is null");
        requireNonNull(maxRunningQueries, "maxRunningQueries is null");
        requireNonNull(state, "state is null");
        if (!NAME.matcher(name).matches()) {
            throw new InvalidOptionException("'%s': a cluster's name has lower-case letters, digits, '-' and '_', begins with a letter or a digit, and has at most 63 characters".formatted(name));
        }
        if (name.equals(DEFAULT)) {
            throw new InvalidOptionException("'default' is the cluster of --coordinators, --workers and --nodes. Use these, or another name");
        }
        if (RESERVED.contains(name)) {
            throw new InvalidOptionException("'%s': a cluster cannot be called like a role, nor 'all', 'postgresql' or 'load-balancer'. Use another name".formatted(name));
        }
        if (coordinators + workers + coordinatorWorkers == 0) {
            throw new InvalidOptionException("a cluster has at least one node. Say %s:%s=1, or leave the numbers of nodes out".formatted(name, COORDINATOR_WORKERS));
        }
    }

    /**
     * Reads {@code NAME}, or {@code NAME:OPTION=VALUE,OPTION=VALUE…}.
     *
     * @throws InvalidOptionException if there can be no such cluster; the message names the option and the fix
     */
    public static ClusterRequest parse(String text)
    {
        int nameEnd = text.indexOf(':');
        if (nameEnd == -1) {
            return of(text, ImmutableMap.of());
        }
        Map<String, String> options = new LinkedHashMap<>();
        for (String option : OPTION_SPLITTER.split(text.substring(nameEnd + 1))) {
            int optionEnd = option.indexOf('=');
            if (optionEnd == -1) {
                throw new InvalidOptionException("'%s': expected OPTION=VALUE, e.g. %s=2. The options are %s".formatted(option, WORKERS, String.join(", ", OPTIONS)));
            }
            String name = option.substring(0, optionEnd);
            if (!OPTIONS.contains(name)) {
                throw new InvalidOptionException("there is no option '%s'. The options are %s".formatted(name, String.join(", ", OPTIONS)));
            }
            if (options.put(name, option.substring(optionEnd + 1)) != null) {
                throw new InvalidOptionException("%s is there twice. Leave one of the two out".formatted(name));
            }
        }
        return of(text.substring(0, nameEnd), options);
    }

    private static ClusterRequest of(String name, Map<String, String> options)
    {
        // a user who asks for nodes with both roles says with it which nodes there are
        int defaultCount = options.containsKey(COORDINATOR_WORKERS) ? 0 : 1;
        return new ClusterRequest(
                name,
                number(options, COORDINATORS, 0).orElse(defaultCount),
                number(options, WORKERS, 0).orElse(defaultCount),
                number(options, COORDINATOR_WORKERS, 0).orElse(0),
                number(options, MAX_RUNNING_QUERIES, 1),
                Optional.ofNullable(options.get(STATE)).map(ClusterRequest::parseState));
    }

    private static OptionalInt number(Map<String, String> options, String option, int min)
    {
        String value = options.get(option);
        if (value == null) {
            return OptionalInt.empty();
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= min) {
                return OptionalInt.of(number);
            }
        }
        catch (NumberFormatException _) {
            // it gets the same message as a number that is too small
        }
        throw new InvalidOptionException("%s=%s: expected a number from %s on, e.g. %1$s=2".formatted(option, value, min));
    }

    private static String parseState(String value)
    {
        String state = value.toUpperCase(ENGLISH);
        if (!STATES.contains(state)) {
            throw new InvalidOptionException("%s=%s: expected %s".formatted(STATE, value, String.join(", ", STATES)));
        }
        return state;
    }

    /**
     * Returns its nodes, in the order of their ports.
     */
    List<NodeRequest> nodes()
    {
        return Stream.of(
                        numbered("coordinator-%s", coordinators, COORDINATOR),
                        numbered("worker-%s", workers, WORKER),
                        numbered("coordinator-worker-%s", coordinatorWorkers, COORDINATOR, WORKER))
                .flatMap(nodes -> nodes)
                .collect(toImmutableList());
    }

    private static Stream<NodeRequest> numbered(String name, int count, String... roles)
    {
        return IntStream.rangeClosed(1, count).mapToObj(number -> new NodeRequest(name.formatted(number), ImmutableList.copyOf(roles)));
    }

    boolean isActive()
    {
        return state.orElse(ACTIVE).equals(ACTIVE);
    }

    /**
     * Returns the value of {@code node.environment} of its nodes, which cannot have every character of the name.
     */
    String environment()
    {
        return name.replace('-', '_');
    }

    /**
     * Returns the properties of its file that say how dispatchers use it.
     */
    Map<String, String> settings()
    {
        ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
        state.ifPresent(value -> settings.put("cluster.state", value));
        maxRunningQueries.ifPresent(value -> settings.put("cluster.max-running-queries", String.valueOf(value)));
        return settings.buildOrThrow();
    }
}
