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

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MaxDuration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

import java.io.File;
import java.util.List;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures the log that the dispatchers keep on their own disks.
 */
public class EmbeddedQueryLogConfig
{
    // relative to the node's data directory, which the launcher makes the working directory
    private File directory = new File("var/query-log");
    private List<PeerAddress> peers = ImmutableList.of();
    private long peersVersion = 1;
    private Optional<String> bindAddress = Optional.empty();
    private Duration appendTimeout = new Duration(10, SECONDS);
    private Duration electionTimeout = new Duration(4, SECONDS);

    @NotNull
    public File getDirectory()
    {
        return directory;
    }

    @Config("query-log.dir")
    @ConfigDescription("Folder of the log, relative to the node's data directory")
    public EmbeddedQueryLogConfig setDirectory(File directory)
    {
        this.directory = directory;
        return this;
    }

    @NotNull
    public List<PeerAddress> getPeers()
    {
        return peers;
    }

    @Config("query-log.peers")
    @ConfigDescription("All dispatchers that keep the log, this one included: a comma list of nodeId@host:port")
    public EmbeddedQueryLogConfig setPeers(String peers)
    {
        this.peers = Splitter.on(',').trimResults().omitEmptyStrings().splitToStream(peers)
                .map(PeerAddress::parse)
                .collect(toImmutableList());
        return this;
    }

    @AssertTrue(message = "query-log.peers must list one, three, five or seven dispatchers: an even number survives no more failures than one less")
    public boolean isNumberOfPeersOdd()
    {
        return peers.isEmpty() || (peers.size() % 2 == 1 && peers.size() <= 7);
    }

    @AssertTrue(message = "query-log.peers must not list a node id or an address twice")
    public boolean isEveryPeerListedOnce()
    {
        return peers.stream().map(PeerAddress::nodeId).distinct().count() == peers.size() &&
                peers.stream().map(PeerAddress::address).distinct().count() == peers.size();
    }

    @Min(1)
    public long getPeersVersion()
    {
        return peersVersion;
    }

    @Config("query-log.peers-version")
    @ConfigDescription("Raise it when query-log.peers gets or loses a peer")
    public EmbeddedQueryLogConfig setPeersVersion(long peersVersion)
    {
        this.peersVersion = peersVersion;
        return this;
    }

    public Optional<String> getBindAddress()
    {
        return bindAddress;
    }

    @Config("query-log.bind-address")
    @ConfigDescription("IP address on which the log listens for the other peers; by default that of the node")
    public EmbeddedQueryLogConfig setBindAddress(String bindAddress)
    {
        this.bindAddress = Optional.ofNullable(bindAddress);
        return this;
    }

    @NotNull
    @MinDuration("100ms")
    public Duration getAppendTimeout()
    {
        return appendTimeout;
    }

    @Config("query-log.append-timeout")
    @ConfigDescription("How long a record may take to become durable before its append fails")
    public EmbeddedQueryLogConfig setAppendTimeout(Duration appendTimeout)
    {
        this.appendTimeout = appendTimeout;
        return this;
    }

    @NotNull
    @MinDuration("100ms")
    @MaxDuration("1m")
    public Duration getElectionTimeout()
    {
        return electionTimeout;
    }

    @Config("query-log.election-timeout")
    @ConfigDescription("How long a leader whose process is not known to be dead may be silent, on a machine without pauses, before the other peers elect another one")
    public EmbeddedQueryLogConfig setElectionTimeout(Duration electionTimeout)
    {
        this.electionTimeout = electionTimeout;
        return this;
    }
}
