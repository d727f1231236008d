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
package io.prestosql.dispatcher.admission;

import com.google.common.io.Resources;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.queue.TakeOverRehearsal;
import io.trino.sql.parser.SqlParser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Prepares a process for its first take-over of the queue. All clients wait for a take-over, and a fresh process would spend most of it on
 * loading classes.
 */
public class WarmUp
{
    private static final Logger log = Logger.get(WarmUp.class);

    private static final String QUERY = "SELECT count(*), sum(x) FROM (VALUES 1, 2) AS t (x) WHERE x > 0 AND x IN (SELECT 1) GROUP BY x ORDER BY 1 LIMIT 10";
    /** The classes that a take-over loads, recorded from one: of the engine, Ratis, their libraries and this project. */
    private static final String CLASSES = "take-over-classes.txt";

    private final SqlParser sqlParser;
    private final TakeOverRehearsal queue;
    private final DispatchManagerFactory dispatchManagers;

    @Inject
    public WarmUp(SqlParser sqlParser, TakeOverRehearsal queue, DispatchManagerFactory dispatchManagers)
    {
        this.sqlParser = requireNonNull(sqlParser, "sqlParser is null");
        this.queue = requireNonNull(queue, "queue is null");
        this.dispatchManagers = requireNonNull(dispatchManagers, "dispatchManagers is null");
    }

    public void run()
    {
        long start = System.nanoTime();
        classes().forEach(WarmUp::load);
        sqlParser.createStatement(QUERY);
        queue.run();
        dispatchManagers.rehearse();
        log.info("Warmed up for a take-over of the queue in %s", Duration.nanosSince(start).convertToMostSuccinctTimeUnit());
    }

    static List<String> classes()
    {
        try {
            return Resources.readLines(Resources.getResource(WarmUp.class, CLASSES), UTF_8).stream()
                    .filter(line -> !line.startsWith("#"))
                    .collect(toImmutableList());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Loads a class. A class that is missing, as in another release of the engine, must not prevent the start.
     */
    private static void load(String name)
    {
        try {
            Class.forName(name, true, WarmUp.class.getClassLoader());
        }
        catch (ClassNotFoundException | LinkageError e) {
            log.debug(e, "Not loaded ahead: %s", name);
        }
    }
}
