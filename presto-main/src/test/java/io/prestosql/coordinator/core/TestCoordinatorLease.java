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
package io.prestosql.coordinator.core;

import org.junit.jupiter.api.Test;

import java.util.Optional;

import static io.prestosql.coordinator.core.CoordinatorLease.Verdict.DEPOSED;
import static io.prestosql.coordinator.core.CoordinatorLease.Verdict.NO_LEASE;
import static io.prestosql.coordinator.core.CoordinatorLease.Verdict.OBEY;
import static io.prestosql.coordinator.core.CoordinatorLease.Verdict.OTHER_INCARNATION;
import static io.prestosql.coordinator.core.CoordinatorLease.Verdict.OTHER_QUEUE;
import static io.prestosql.coordinator.core.CoordinatorLease.Verdict.STALE;
import static org.assertj.core.api.Assertions.assertThat;

public class TestCoordinatorLease
{
    private static final long LEASE = 100;

    private int incarnations;
    private final CoordinatorLease lease = new CoordinatorLease(LEASE, () -> {
        incarnations++;
        return "lease " + incarnations;
    });

    @Test
    public void testNothingIsDoneWithoutLease()
    {
        assertThat(lease.judge(1, "lease 1")).isEqualTo(NO_LEASE);
        assertThat(lease.judgeStart(1, "lease 1", 0, 0)).isEqualTo(NO_LEASE);
        // a request for a report gives no lease
        assertThat(lease.observe(1, 0)).isEqualTo(OBEY);
        assertThat(lease.judge(1, "lease 1")).isEqualTo(NO_LEASE);

        assertThat(lease.renew(1, "lease 1", 0)).isEqualTo(OBEY);
        assertThat(lease.judge(1, "lease 1")).isEqualTo(OBEY);
        assertThat(lease.judgeStart(1, "lease 1", 1, 1)).isEqualTo(OBEY);
    }

    @Test
    public void testRefusedStartStaysRefused()
    {
        lease.renew(1, "lease 1", 0);
        assertThat(lease.expire(LEASE)).isTrue();
        assertThat(lease.judgeStart(1, "lease 2", 110, 120)).isEqualTo(NO_LEASE);
        lease.renew(1, "lease 2", 115);
        // a copy of the refused order, and an order of a leader that has not heard from the coordinator since
        assertThat(lease.judgeStart(1, "lease 2", 110, 130)).isEqualTo(STALE);
        assertThat(lease.judgeStart(1, "lease 2", 120, 130)).isEqualTo(STALE);
        assertThat(lease.judge(1, "lease 2")).isEqualTo(OBEY);
        assertThat(lease.judgeStart(1, "lease 2", 121, 131)).isEqualTo(OBEY);
    }

    @Test
    public void testDeposedLeaders()
    {
        lease.renew(3, "lease 1", 0);
        assertThat(lease.observe(5, 0)).isEqualTo(OBEY);
        assertThat(lease.highestEpoch()).isEqualTo(5);
        assertThat(lease.observe(4, 0)).isEqualTo(DEPOSED);
        assertThat(lease.renew(3, "lease 1", 50)).isEqualTo(DEPOSED);
        assertThat(lease.judge(3, "lease 1")).isEqualTo(DEPOSED);
        assertThat(lease.judgeStart(3, "lease 1", 0, 0)).isEqualTo(DEPOSED);
        assertThat(lease.highestEpoch()).isEqualTo(5);
        // the lease is unchanged, and the newest leader's orders are obeyed
        assertThat(lease.leaseEnd()).hasValue(LEASE);
        assertThat(lease.judge(5, "lease 1")).isEqualTo(OBEY);
    }

    @Test
    public void testOrderOfNewLeaderDeposesEarlierOnes()
    {
        lease.renew(1, "lease 1", 0);
        assertThat(lease.judge(2, "another process")).isEqualTo(OTHER_INCARNATION);
        assertThat(lease.judge(1, "lease 1")).isEqualTo(DEPOSED);
    }

    @Test
    public void testLeaseRunsFromTimeOfReport()
    {
        lease.renew(1, "lease 1", 10);
        assertThat(lease.leaseEnd()).hasValue(110);
        // an overtaken renewal does not shorten the lease
        assertThat(lease.renew(1, "lease 1", 5)).isEqualTo(OBEY);
        assertThat(lease.leaseEnd()).hasValue(110);
        lease.renew(1, "lease 1", 60);
        assertThat(lease.expire(159)).isFalse();
        // a renewal that was under way for a whole lease comes too late
        lease.renew(1, "lease 1", 59);
        assertThat(lease.expire(160)).isTrue();
    }

    @Test
    public void testNewIncarnationBeginsWhenLeaseExpires()
    {
        assertThat(lease.expire(Long.MAX_VALUE)).as("there is no lease").isFalse();
        lease.renew(2, "lease 1", 0);
        assertThat(lease.expire(99)).isFalse();
        assertThat(lease.incarnation()).isEqualTo("lease 1");
        assertThat(lease.expire(100)).isTrue();
        assertThat(lease.incarnation()).isEqualTo("lease 2");
        assertThat(lease.leaseEnd()).isEmpty();
        assertThat(lease.expire(200)).as("it was given up before").isFalse();

        // an order to the earlier incarnation, or a renewal based on its report, does not apply to this one
        assertThat(lease.judgeStart(2, "lease 1", 90, 100)).isEqualTo(OTHER_INCARNATION);
        assertThat(lease.renew(2, "lease 1", 99)).isEqualTo(OTHER_INCARNATION);
        assertThat(lease.leaseEnd()).isEmpty();
        assertThat(lease.judge(2, "lease 2")).isEqualTo(NO_LEASE);
        // a deposed leader remains deposed
        assertThat(lease.renew(1, "lease 2", 101)).isEqualTo(DEPOSED);
        assertThat(lease.renew(2, "lease 2", 101)).isEqualTo(OBEY);
        assertThat(lease.judge(2, "lease 2")).isEqualTo(OBEY);
    }

    @Test
    public void testSilentLeaderIsForgotten()
    {
        lease.observe(7, 0);
        lease.renew(7, "lease 1", 0);
        lease.observe(7, 90);
        assertThat(lease.expire(100)).isTrue();
        // a refused leader of another log does not keep the known leader from being forgotten
        assertThat(lease.observe(1, 150)).isEqualTo(DEPOSED);
        assertThat(lease.expire(190)).isFalse();
        assertThat(lease.observe(1, 190)).isEqualTo(DEPOSED);
        assertThat(lease.expire(191)).isFalse();
        assertThat(lease.highestEpoch()).isZero();
        assertThat(lease.observe(1, 191)).isEqualTo(OBEY);
        assertThat(lease.renew(1, "lease 2", 191)).isEqualTo(OBEY);
        assertThat(lease.judge(1, "lease 2")).isEqualTo(OBEY);
    }

    @Test
    public void testLeaderIsNotForgottenDuringLease()
    {
        lease.observe(7, 0);
        lease.renew(7, "lease 1", 80);
        assertThat(lease.expire(179)).isFalse();
        assertThat(lease.observe(1, 179)).isEqualTo(DEPOSED);
    }

    @Test
    public void testQueueWithLeaseKeepsCoordinator()
    {
        assertThat(lease.follow(Optional.of("first"), 3, 0)).isEqualTo(OBEY);
        assertThat(lease.leasedQueue()).isEmpty();
        lease.renew(3, "lease 1", 0);
        assertThat(lease.leasedQueue()).contains("first");

        // regardless of its epoch
        assertThat(lease.follow(Optional.of("second"), 1, 10)).isEqualTo(OTHER_QUEUE);
        assertThat(lease.follow(Optional.of("second"), 3, 10)).isEqualTo(OTHER_QUEUE);
        assertThat(lease.follow(Optional.of("second"), 9, 10)).isEqualTo(OTHER_QUEUE);
        assertThat(lease.judgeQueue(Optional.of("second"))).isEqualTo(OTHER_QUEUE);
        assertThat(lease.highestEpoch()).isEqualTo(3);

        assertThat(lease.judgeQueue(Optional.of("first"))).isEqualTo(OBEY);
        assertThat(lease.follow(Optional.of("first"), 4, 20)).isEqualTo(OBEY);
        assertThat(lease.follow(Optional.of("first"), 3, 20)).isEqualTo(DEPOSED);
        assertThat(lease.leasedQueue()).contains("first");
        assertThat(lease.highestEpoch()).isEqualTo(4);
    }

    @Test
    public void testOtherQueueIsObeyedOnlyAfterLeaseExpires()
    {
        lease.follow(Optional.of("first"), 7, 0);
        lease.renew(7, "lease 1", 0);
        // its leader continues to ask, but cannot renew the lease
        lease.follow(Optional.of("first"), 7, 99);
        assertThat(lease.expire(99)).isFalse();
        assertThat(lease.follow(Optional.of("second"), 1, 99)).isEqualTo(OTHER_QUEUE);
        assertThat(lease.expire(100)).isTrue();
        assertThat(lease.leasedQueue()).isEmpty();

        // epochs of another log cannot be compared
        assertThat(lease.follow(Optional.of("second"), 1, 100)).isEqualTo(OBEY);
        assertThat(lease.renew(1, "lease 2", 100)).isEqualTo(OBEY);
        assertThat(lease.leasedQueue()).contains("second");
        assertThat(lease.follow(Optional.of("first"), 7, 101)).isEqualTo(OTHER_QUEUE);
        assertThat(lease.judgeQueue(Optional.of("first"))).isEqualTo(OTHER_QUEUE);
        assertThat(lease.highestEpoch()).isEqualTo(1);
    }

    @Test
    public void testQueuesThatBeginTogether()
    {
        // the coordinator has no lease, so neither queue keeps the other out until one leader has confirmed that it leads
        assertThat(lease.follow(Optional.of("first"), 1, 0)).isEqualTo(OBEY);
        assertThat(lease.follow(Optional.of("second"), 1, 1)).isEqualTo(OBEY);
        // an order of the previous queue is no longer valid
        assertThat(lease.judgeQueue(Optional.of("first"))).isEqualTo(OTHER_QUEUE);
        assertThat(lease.follow(Optional.of("first"), 1, 2)).isEqualTo(OBEY);
        lease.renew(1, "lease 1", 2);
        assertThat(lease.follow(Optional.of("second"), 1, 3)).isEqualTo(OTHER_QUEUE);
        assertThat(lease.leasedQueue()).contains("first");
    }

    @Test
    public void testLeaderThatDoesNotNameItsLog()
    {
        lease.follow(Optional.of("first"), 1, 0);
        lease.renew(1, "lease 1", 0);
        // a dispatcher of release 476-1, alternating with newer ones
        assertThat(lease.follow(Optional.empty(), 2, 1)).isEqualTo(OBEY);
        assertThat(lease.leasedQueue()).isEmpty();
        assertThat(lease.judgeQueue(Optional.empty())).isEqualTo(OBEY);
        assertThat(lease.follow(Optional.of("first"), 1, 2)).isEqualTo(DEPOSED);
        assertThat(lease.leasedQueue()).isEmpty();
        assertThat(lease.follow(Optional.of("first"), 3, 3)).isEqualTo(OBEY);
        assertThat(lease.leasedQueue()).contains("first");
    }

    @Test
    public void testStaleStart()
    {
        lease.renew(1, "lease 1", 0);
        lease.renew(1, "lease 1", 90);
        assertThat(lease.judgeStart(1, "lease 1", 0, 100)).isEqualTo(OBEY);
        assertThat(lease.judgeStart(1, "lease 1", 0, 101)).isEqualTo(STALE);
        assertThat(lease.judgeStart(1, "lease 1", 1, 101)).isEqualTo(OBEY);
        // a query can be stopped at any time
        assertThat(lease.judge(1, "lease 1")).isEqualTo(OBEY);
    }

    @Test
    public void testClockThatOverflows()
    {
        lease.renew(1, "lease 1", Long.MAX_VALUE - 10);
        assertThat(lease.expire(Long.MAX_VALUE)).isFalse();
        assertThat(lease.expire(Long.MIN_VALUE + 88)).isFalse();
        assertThat(lease.judgeStart(1, "lease 1", Long.MAX_VALUE - 10, Long.MIN_VALUE + 88)).isEqualTo(OBEY);
        assertThat(lease.expire(Long.MIN_VALUE + 89)).isTrue();
    }
}
