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
package io.prestosql.testing;

import org.awaitility.Awaitility;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;

/**
 * How tests wait for conditions.
 */
public final class TestingConditions
{
    private TestingConditions() {}

    /**
     * Looks at a condition at once and every ten milliseconds, in all of this process. Otherwise, each condition takes a tenth of a second,
     * which is most of the time of a test that only hands events to other threads.
     */
    public static void lookOften()
    {
        Awaitility.setDefaultPollDelay(ZERO);
        Awaitility.setDefaultPollInterval(ofMillis(10));
    }
}
