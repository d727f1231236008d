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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.discovery.client.Announcement;
import io.airlift.discovery.client.DiscoveryAnnouncementClient;
import io.airlift.discovery.client.ForDiscoveryClient;
import io.airlift.discovery.client.ServiceAnnouncement;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.discovery.AnnouncementToAllServers;
import io.prestosql.discovery.DiscoveryServers;
import io.prestosql.discovery.DiscoveryServersConfig;

import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * The server's own announcement. It stops silently when the server is killed: a dying process does not withdraw its announcement.
 */
final class TestingAnnouncement
        implements Module
{
    private final Control control;

    TestingAnnouncement(Control control)
    {
        this.control = requireNonNull(control, "control is null");
    }

    @Override
    public void configure(Binder binder) {}

    @Provides
    @Singleton
    public DiscoveryAnnouncementClient createAnnouncementClient(
            DiscoveryServers servers,
            DiscoveryServersConfig config,
            NodeInfo nodeInfo,
            JsonCodec<Announcement> codec,
            @ForDiscoveryClient HttpClient httpClient,
            @ForDiscoveryClient ScheduledExecutorService executor)
    {
        DiscoveryAnnouncementClient delegate = new AnnouncementToAllServers(servers, config, nodeInfo, codec, httpClient, executor);
        return new DiscoveryAnnouncementClient()
        {
            @Override
            public ListenableFuture<Duration> announce(Set<ServiceAnnouncement> services)
            {
                return control.muted ? immediateFuture(new Duration(1, SECONDS)) : delegate.announce(services);
            }

            @Override
            public ListenableFuture<Void> unannounce()
            {
                return control.muted ? immediateVoidFuture() : delegate.unannounce();
            }
        };
    }

    static final class Control
    {
        private volatile boolean muted;

        void mute()
        {
            muted = true;
        }
    }
}
