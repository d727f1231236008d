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
package io.prestosql.coordinator;

import io.prestosql.coordinator.core.CoordinatorLease.Verdict;

import static java.util.Objects.requireNonNull;

/**
 * Thrown when the coordinator refuses a dispatcher's call. The call has done nothing, and never will.
 */
public class OrderRefusedException
        extends RuntimeException
{
    enum Reason
    {
        /** A newer leader is known than the one that gave the order. */
        DEPOSED,
        /** This process has run the query before, and has given it up. */
        REPETITION,
        OTHER,
    }

    private final Reason reason;

    private OrderRefusedException(Reason reason, String message)
    {
        super(message);
        this.reason = requireNonNull(reason, "reason is null");
    }

    static OrderRefusedException repetition()
    {
        return new OrderRefusedException(Reason.REPETITION, "This coordinator has run the query before, and has given it up");
    }

    static OrderRefusedException refused(Verdict verdict, long epoch, long highestEpoch)
    {
        String message = switch (verdict) {
            case DEPOSED -> "The leader of epoch %s has been deposed: epoch %s is known".formatted(epoch, highestEpoch);
            case OTHER_QUEUE -> "This coordinator has a lease from the dispatchers of another query log";
            case OTHER_INCARNATION -> "The order was given to another process of this coordinator, or before it gave up what it ran";
            case NO_LEASE -> "This coordinator has no lease yet";
            case STALE -> "The order was under way for longer than a lease, or is as old as one that was refused";
            case OBEY -> throw new IllegalArgumentException("The order is not refused");
        };
        return new OrderRefusedException(verdict == Verdict.DEPOSED ? Reason.DEPOSED : Reason.OTHER, message);
    }

    Reason reason()
    {
        return reason;
    }
}
