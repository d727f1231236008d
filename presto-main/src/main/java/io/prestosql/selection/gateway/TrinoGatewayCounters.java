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
package io.prestosql.selection.gateway;

import org.weakref.jmx.Managed;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the queries for which rules or a routing service of Trino Gateway could not decide, and which went by their header, or to the
 * default group.
 */
public class TrinoGatewayCounters
{
    private final AtomicLong failedRuleRuns = new AtomicLong();
    private final AtomicLong failedServiceCalls = new AtomicLong();
    private final AtomicLong unaskedServiceCalls = new AtomicLong();

    @Managed(description = "Queries whose rules did not come to an end in time")
    public long getFailedRuleRuns()
    {
        return failedRuleRuns.get();
    }

    @Managed(description = "Queries for which the routing service was asked, and failed")
    public long getFailedServiceCalls()
    {
        return failedServiceCalls.get();
    }

    @Managed(description = "Queries for which the routing service was not asked, as it had failed several times, or too many waited for it")
    public long getUnaskedServiceCalls()
    {
        return unaskedServiceCalls.get();
    }

    void ruleRunFailed()
    {
        failedRuleRuns.incrementAndGet();
    }

    void serviceCallFailed()
    {
        failedServiceCalls.incrementAndGet();
    }

    void serviceNotAsked()
    {
        unaskedServiceCalls.incrementAndGet();
    }
}
