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

import io.airlift.http.client.Request;
import io.airlift.units.Duration;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * How long the view waits for another node.
 *
 * @param silence how long a node may send nothing
 */
record ViewTimeouts(Duration silence)
{
    /** A long list may take longer, as long as data keeps coming. */
    private static final int LIST_FACTOR = 10;

    ViewTimeouts
    {
        requireNonNull(silence, "silence is null");
    }

    /**
     * Returns how long a full list may take.
     */
    Duration list()
    {
        return new Duration(silence.toMillis() * LIST_FACTOR, MILLISECONDS);
    }

    /**
     * Builds a request for a full list, which fails after a silence longer than a node is allowed.
     */
    Request forList(Request.Builder request)
    {
        return request
                .setIdleTimeout(silence)
                .setRequestTimeout(list())
                .build();
    }
}
