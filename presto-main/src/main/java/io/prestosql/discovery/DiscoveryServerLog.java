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
package io.prestosql.discovery;

import io.airlift.log.Logger;

import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MINUTES;

/**
 * Logs discovery servers that do not answer: when they stop answering, once a minute until they answer, and when they are back. The nodes
 * of a cluster start at about the same time, so a server that has never answered is not worth a warning in the first minute.
 */
class DiscoveryServerLog
{
    private static final Logger log = Logger.get(DiscoveryServerLog.class);
    private static final long REPEAT_NANOS = MINUTES.toNanos(1);
    private static final long GRACE_NANOS = MINUTES.toNanos(1);

    private final String action;
    private final LongSupplier nanoClock;
    private final long startNanos;
    private final Map<URI, Long> lastWarnings = new ConcurrentHashMap<>();
    private final Set<URI> answered = ConcurrentHashMap.newKeySet();
    private final Set<URI> awaited = ConcurrentHashMap.newKeySet();

    DiscoveryServerLog(String action, LongSupplier nanoClock)
    {
        this.action = requireNonNull(action, "action is null");
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
        this.startNanos = nanoClock.getAsLong();
    }

    /**
     * @return whether the failure was worth a warning
     */
    boolean failed(URI server, Throwable failure)
    {
        long now = nanoClock.getAsLong();
        if (now - startNanos < GRACE_NANOS && !answered.contains(server)) {
            if (awaited.add(server)) {
                log.info("%s waits for coordinator %s, which may be starting: %s", action, server, failure.getMessage());
            }
            return false;
        }
        boolean[] warn = new boolean[1];
        lastWarnings.compute(server, (_, last) -> {
            if (last != null && now - last < REPEAT_NANOS) {
                return last;
            }
            warn[0] = true;
            return now;
        });
        if (warn[0]) {
            log.warn("%s at coordinator %s fails: %s", action, server, failure.getMessage());
        }
        return warn[0];
    }

    void succeeded(URI server)
    {
        answered.add(server);
        if (lastWarnings.remove(server) != null) {
            log.info("%s at coordinator %s works again", action, server);
        }
    }
}
