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

import io.airlift.units.Duration;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static java.util.concurrent.TimeUnit.DAYS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Configures Ratis for a log with records of up to 16 MiB, most of which are small.
 */
final class RaftSettings
{
    static final long SEGMENT_BYTES = 32 << 20;

    // a record of the maximum size, with its key and its envelope
    private static final SizeInBytes MAX_ENTRY = SizeInBytes.valueOf("18MB");

    private static final Duration PROMPT = new Duration(500, MILLISECONDS);

    private RaftSettings() {}

    /**
     * @param bindAddress the address on which the other peers reach this one, with the port; port 0 when there are none
     */
    static RaftProperties create(Path directory, Optional<String> bindAddress, int port, Duration electionTimeout, boolean single)
    {
        RaftProperties properties = new RaftProperties();
        RaftServerConfigKeys.setStorageDir(properties, List.of(directory.toFile()));

        bindAddress.ifPresent(address -> GrpcConfigKeys.Server.setHost(properties, address));
        GrpcConfigKeys.Server.setPort(properties, port);
        GrpcConfigKeys.setMessageSizeMax(properties, SizeInBytes.valueOf("32MB"));
        GrpcConfigKeys.setFlowControlWindow(properties, SizeInBytes.valueOf("8MB"));

        RaftConfigKeys.Rpc.setType(properties, new FrequentHeartbeats());

        long timeout = fixedTimeoutMillis(electionTimeout);
        long prompt = promptTimeout(electionTimeout).toMillis();
        // a member that is alone need not wait; others choose at random from a range, so that they do not all stand at once
        TimeDuration min = single ? millis(50) : millis(timeout);
        TimeDuration max = single ? millis(100) : millis(maxTimeout(electionTimeout).toMillis());
        RaftServerConfigKeys.Rpc.setTimeoutMin(properties, min);
        RaftServerConfigKeys.Rpc.setTimeoutMax(properties, max);
        // while there is no leader yet, there are no pauses to tolerate
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, millis(single ? 1 : prompt));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, millis(single ? 2 : 2 * prompt));
        RaftServerConfigKeys.Rpc.setRequestTimeout(properties, millis(Math.max(4_000, electionTimeout.toMillis())));
        // a leader steps down after a pause of the process, as another one may have been elected; not when the member is alone
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(properties, single ? TimeDuration.valueOf(1, MINUTES) : max);
        RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(properties, true);
        // a process that was paused for long must resume where it was
        RaftServerConfigKeys.setCloseThreshold(properties, TimeDuration.valueOf(36500, DAYS));

        // one thread keeps the order of appends
        RaftServerConfigKeys.ThreadPool.setClientCached(properties, false);
        RaftServerConfigKeys.ThreadPool.setClientSize(properties, 1);

        // requests beyond these limits are refused, so that the queue of the disk is never full
        RaftServerConfigKeys.Write.setElementLimit(properties, 65_536);
        RaftServerConfigKeys.Write.setByteLimit(properties, SizeInBytes.valueOf("256MB"));
        RaftServerConfigKeys.Log.setQueueElementLimit(properties, 131_072);
        RaftServerConfigKeys.Log.setQueueByteLimit(properties, SizeInBytes.valueOf("512MB"));

        RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf(SEGMENT_BYTES));
        RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Log.setWriteBufferSize(properties, SizeInBytes.valueOf("19MB"));
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, MAX_ENTRY);
        // one failed append breaks the composed chain for good, and appends on several threads may get out of order in it
        RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, false);
        // a peer that is back is needed for the majority, so the leader must not wait ever longer between its attempts
        RaftServerConfigKeys.Log.Appender.setRetryPolicy(properties, "10ms,10, 100ms,1000000000");
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, 2);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, SizeInBytes.valueOf("64MB"));
        // the next leader's first entry shows how far the log is committed: no need to write that down after every append
        RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);

        RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
        RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
        RaftServerConfigKeys.Snapshot.setTriggerWhenRemoveEnabled(properties, false);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, 1);
        RaftServerConfigKeys.Snapshot.setCreationGap(properties, 1);

        // a record is appended once, and never again under the same name
        RaftServerConfigKeys.RetryCache.setExpiryTime(properties, millis(1_000));
        return properties;
    }

    /**
     * Returns the time-out for Ratis, which cannot change its time-outs while it runs. It is so long that {@link LeaderWatch}, which adapts
     * its own, always replaces a silent leader first.
     */
    private static long fixedTimeoutMillis(Duration electionTimeout)
    {
        return Math.max(electionTimeout.toMillis(), NANOSECONDS.toMillis(AdaptiveTimeout.MAX_NANOS));
    }

    /**
     * Returns the longest time that a member of several waits for the others, which is also how long a leader goes on without a majority.
     */
    static Duration maxTimeout(Duration electionTimeout)
    {
        return new Duration(fixedTimeoutMillis(electionTimeout) + PROMPT.toMillis(), MILLISECONDS);
    }

    /**
     * Returns the time-out for members that have no leader whose pauses they would have to tolerate, and where only a vain attempt is at
     * stake.
     */
    static Duration promptTimeout(Duration electionTimeout)
    {
        return electionTimeout.toMillis() < PROMPT.toMillis() ? electionTimeout : PROMPT;
    }

    private static TimeDuration millis(long millis)
    {
        return TimeDuration.valueOf(millis, MILLISECONDS);
    }
}
