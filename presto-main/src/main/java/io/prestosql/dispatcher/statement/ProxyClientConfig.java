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
package io.prestosql.dispatcher.statement;

import com.google.common.annotations.VisibleForTesting;
import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import io.airlift.http.server.HttpServerConfig;
import io.airlift.node.NodeInfo;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.trino.server.InternalCommunicationConfig;
import org.eclipse.jetty.util.ssl.SslContextFactory;

import java.time.Duration;
import java.util.Map;

import static java.lang.Math.max;
import static java.lang.Math.toIntExact;
import static java.util.Objects.requireNonNull;

/**
 * Configures the proxy's connections to coordinators, following the settings for the communication between nodes.
 */
public class ProxyClientConfig
{
    private static final int MAX_CONNECTIONS = 4096;
    private static final long MIN_HEADER_BYTES = 2 << 20;
    // a coordinator holds a poll for a second, and a result may take long to come
    private static final Duration MAX_SILENCE = Duration.ofMinutes(10);
    private static final long NO_TIMEOUT = 0;

    private final ProxyTls tls;
    private final int headerBytes;
    private final Duration connectTimeout;
    private final Duration maxSilence;

    @Inject
    public ProxyClientConfig(InternalCommunicationConfig internalCommunication, NodeInfo nodeInfo, HttpServerConfig httpServerConfig, CoordinatorMonitorConfig monitorConfig)
    {
        this(internalCommunication, nodeInfo, httpServerConfig, monitorConfig, MAX_SILENCE);
    }

    /**
     * @param maxSilence how long an answer may stand still, with no byte sent by the coordinator or taken by the client
     */
    @VisibleForTesting
    public ProxyClientConfig(InternalCommunicationConfig internalCommunication, NodeInfo nodeInfo, HttpServerConfig httpServerConfig, CoordinatorMonitorConfig monitorConfig, Duration maxSilence)
    {
        this.tls = new ProxyTls(internalCommunication, nodeInfo.getEnvironment());
        this.headerBytes = toIntExact(max(MIN_HEADER_BYTES, httpServerConfig.getMaxRequestHeaderSize() == null ? 0 : httpServerConfig.getMaxRequestHeaderSize().toBytes()));
        this.maxSilence = requireNonNull(maxSilence, "maxSilence is null");
        this.connectTimeout = Duration.ofMillis(monitorConfig.getRequestTimeout().toMillis());
    }

    int maxConnectionsPerCoordinator()
    {
        return MAX_CONNECTIONS;
    }

    Duration connectTimeout()
    {
        return connectTimeout;
    }

    Map<String, String> servletParameters()
    {
        return ImmutableMap.of(
                "maxConnections", String.valueOf(MAX_CONNECTIONS),
                // a client may read as slowly as it likes
                "timeout", String.valueOf(NO_TIMEOUT),
                "idleTimeout", String.valueOf(maxSilence.toMillis()),
                "maxRequestHeadersSize", String.valueOf(headerBytes),
                "maxResponseHeadersSize", String.valueOf(headerBytes));
    }

    void configure(SslContextFactory.Client sslContextFactory)
    {
        tls.configure(sslContextFactory);
    }
}
