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
package io.prestosql.querylog.embedded;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Reduces the log output of Ratis, which reports every step of its protocol and every attempt to reach a peer that is down.
 * {@code log.properties}, which has been read before, takes precedence.
 */
final class RatisLoggers
{
    // referenced here, because a logger without a reference loses its level
    private static final Logger RATIS = Logger.getLogger("org.apache.ratis");
    private static final Logger CONNECTIONS = Logger.getLogger("org.apache.ratis.grpc");

    private RatisLoggers() {}

    static void quieten()
    {
        if (RATIS.getLevel() == null) {
            RATIS.setLevel(Level.WARNING);
            if (CONNECTIONS.getLevel() == null) {
                CONNECTIONS.setLevel(Level.SEVERE);
            }
        }
    }
}
