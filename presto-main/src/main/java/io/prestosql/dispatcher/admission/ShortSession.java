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

import io.trino.Session;
import io.trino.metadata.SessionPropertyManager;

import static io.prestosql.protocol.SubmittedQuery.CONDENSED_LENGTH;

/**
 * Makes the session that is kept of a query that is over, without long prepared statements of the client.
 */
final class ShortSession
{
    private ShortSession() {}

    /**
     * @return the session itself when its prepared statements are short
     */
    static Session of(Session session, SessionPropertyManager sessionPropertyManager)
    {
        int length = session.getPreparedStatements().values().stream()
                .mapToInt(String::length)
                .sum();
        if (length <= CONDENSED_LENGTH) {
            return session;
        }
        // as the engine makes it for a query that has no session
        return Session.builder(sessionPropertyManager)
                .setQueryId(session.getQueryId())
                .setIdentity(session.getIdentity())
                .setOriginalIdentity(session.getOriginalIdentity())
                .setSource(session.getSource().orElse(null))
                .build();
    }
}
