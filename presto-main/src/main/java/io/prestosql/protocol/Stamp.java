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
package io.prestosql.protocol;

import static java.util.Objects.requireNonNull;

/**
 * Shows when a coordinator was alive. A leader that gets a stamp and then makes sure that it leads renews the coordinator's lease with it.
 *
 * @param incarnation the coordinator's incarnation
 * @param saidNanos the time on the coordinator's monotonic clock, which has no meaning on other nodes and may be negative
 */
public record Stamp(String incarnation, long saidNanos)
{
    public Stamp
    {
        requireNonNull(incarnation, "incarnation is null");
    }
}
