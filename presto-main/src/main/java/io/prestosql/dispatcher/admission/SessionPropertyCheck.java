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

import io.airlift.units.Duration;
import io.trino.Session;
import io.trino.metadata.SessionPropertyManager;
import io.trino.spi.TrinoException;
import org.joda.time.DateTime;

import static io.trino.SystemSessionProperties.QUERY_MAX_EXECUTION_TIME;
import static io.trino.SystemSessionProperties.QUERY_MAX_PLANNING_TIME;
import static io.trino.SystemSessionProperties.QUERY_MAX_RUN_TIME;
import static io.trino.SystemSessionProperties.getQueryMaxExecutionTime;
import static io.trino.SystemSessionProperties.getQueryMaxPlanningTime;
import static io.trino.SystemSessionProperties.getQueryMaxRunTime;
import static io.trino.spi.StandardErrorCode.INVALID_SESSION_PROPERTY;
import static java.util.Objects.requireNonNull;

/**
 * Refuses invalid session properties before the engine looks after the query. The engine reads the sessions of all its queries once a second,
 * and gives up at the first one that it cannot read. Where queries begin a transaction, the engine checks the same.
 */
final class SessionPropertyCheck
{
    private final SessionPropertyManager sessionPropertyManager;

    SessionPropertyCheck(SessionPropertyManager sessionPropertyManager)
    {
        this.sessionPropertyManager = requireNonNull(sessionPropertyManager, "sessionPropertyManager is null");
    }

    /**
     * @throws TrinoException with the engine's own error
     */
    void check(Session session)
    {
        session.getSystemProperties().forEach((name, value) -> {
            // coordinators may know properties that a dispatcher does not know
            if (sessionPropertyManager.getSystemSessionPropertyMetadata(name).isPresent()) {
                sessionPropertyManager.validateSystemSessionProperty(name, value);
            }
        });
        checkEnd(QUERY_MAX_RUN_TIME, getQueryMaxRunTime(session));
        checkEnd(QUERY_MAX_EXECUTION_TIME, getQueryMaxExecutionTime(session));
        checkEnd(QUERY_MAX_PLANNING_TIME, getQueryMaxPlanningTime(session));
    }

    /**
     * Refuses a limit that cannot be added to a time, as the engine adds it.
     */
    private static void checkEnd(String property, Duration limit)
    {
        try {
            DateTime.now().plus(limit.toMillis());
        }
        catch (ArithmeticException | IllegalArgumentException e) {
            throw new TrinoException(INVALID_SESSION_PROPERTY, "Session property '%s' is invalid: %s is too long".formatted(property, limit), e);
        }
    }
}
