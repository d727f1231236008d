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
package io.prestosql.queries;

import com.google.common.collect.ImmutableMap;
import io.trino.SessionRepresentation;
import io.trino.execution.QueryInfo;
import io.trino.server.BasicQueryInfo;

import java.util.Map;

import static io.prestosql.queries.QueryInfoCopy.copy;

/**
 * Tells event listeners which run of a query an event is about. A query whose coordinator has died may run again under the same id.
 */
public final class QueryRun
{
    /** Shown among the session's properties, although the session does not have it. */
    public static final String PROPERTY = "query_run";

    private QueryRun() {}

    /**
     * @param run number of the run; the first run is 0, and is not shown
     */
    public static BasicQueryInfo nameIn(BasicQueryInfo info, int run)
    {
        if (run == 0) {
            return info;
        }
        return copy(info, withRun(info.getSession(), run), info.getQuery(), info.getPreparedQuery(), info.getQueryStats());
    }

    /**
     * @param run number of the run; the first run is 0, and is not shown
     */
    public static QueryInfo nameIn(QueryInfo info, int run)
    {
        if (run == 0) {
            return info;
        }
        return copy(info, withRun(info.getSession(), run), info.getQuery(), info.getPreparedQuery(), info.getQueryStats());
    }

    private static SessionRepresentation withRun(SessionRepresentation session, int run)
    {
        Map<String, String> properties = ImmutableMap.<String, String>builder()
                .putAll(session.getSystemProperties())
                .put(PROPERTY, String.valueOf(run))
                .buildKeepingLast();
        return copy(session, properties, session.getPreparedStatements());
    }
}
