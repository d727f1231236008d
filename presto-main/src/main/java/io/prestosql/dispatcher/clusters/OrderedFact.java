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

import java.time.Instant;
import java.util.Optional;

/**
 * What an operator has ordered for a cluster, and which counts until the next order.
 */
interface OrderedFact
{
    String user();

    /**
     * Returns the network address of the operator's client; empty when it is not known.
     */
    Optional<String> address();

    /**
     * Returns when the leader took the order, on its own clock.
     */
    Instant time();

    /**
     * Returns the fact for people, without secrets.
     */
    String describe();
}
