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
package io.prestosql.server;

import com.google.common.collect.ImmutableList;
import io.airlift.units.Duration;

import java.util.List;
import java.util.function.Supplier;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static io.prestosql.server.PrestoServer.NODE_STATE_LOGGER;
import static java.util.Objects.requireNonNull;

/**
 * Drops the engine's warnings that a node's state or memory has not come for longer than this process runs. The engine counts from the last
 * arrival; for a node that was just found, that is the start of the machine.
 */
final class FirstAnswerLogFilter
        implements Filter
{
    private static final Pattern SINCE = Pattern.compile("has not returned in ([0-9.]+[a-z]+)$");
    // a logger that is not held is forgotten together with its filter
    private static final List<Logger> LOGGERS = ImmutableList.of(Logger.getLogger(NODE_STATE_LOGGER), Logger.getLogger("io.trino.memory.RemoteNodeMemory"));

    private final Supplier<Duration> uptime;

    FirstAnswerLogFilter(Supplier<Duration> uptime)
    {
        this.uptime = requireNonNull(uptime, "uptime is null");
    }

    static void install(long startNanos)
    {
        FirstAnswerLogFilter filter = new FirstAnswerLogFilter(() -> Duration.nanosSince(startNanos));
        LOGGERS.forEach(logger -> logger.setFilter(filter));
    }

    @Override
    public boolean isLoggable(LogRecord record)
    {
        Matcher matcher = SINCE.matcher(String.valueOf(record.getMessage()));
        return !matcher.find() || Duration.valueOf(matcher.group(1)).compareTo(uptime.get()) <= 0;
    }
}
