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
package io.prestosql.localcluster.haproxy;

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.report.ClusterException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static io.prestosql.localcluster.node.ClusterNode.LOAD_BALANCER;
import static java.util.Objects.requireNonNull;

/**
 * The configuration of HAProxy in front of the dispatchers.
 */
public record HaproxyConfiguration(ClusterNode loadBalancer, List<ClusterNode> dispatchers)
{
    static final String STATUS_PATH = "/local-cluster/load-balancer";

    private static final String TEXT =
            """
            global
                log stdout format iso local0 info
                maxconn 2000
                # room for headers with prepared statements
                tune.bufsize 131072

            defaults
                mode http
                log global
                option httplog
                # requests that went wrong, and which dispatchers come and go
                option dontlog-normal
                timeout connect 2s
                timeout client 10m
                timeout server 10m
                timeout http-keep-alive 1m
                timeout check 2s

            listen dispatchers
                bind 127.0.0.1:%s
                # whether HAProxy itself is there
                monitor-uri %s

                # any dispatcher answers any request, so there are no sticky sessions
                balance roundrobin

                # Answers lead back to here, also if the client says something else. The dispatchers need
                # http-server.process-forwarded=true.
                http-request del-header Forwarded
                http-request del-header X-Forwarded-Prefix
                http-request set-header X-Forwarded-For %%[src]
                http-request set-header X-Forwarded-Proto http
                http-request set-header X-Forwarded-Host %%[req.hdr(host)]
                http-request set-header X-Forwarded-Port %%[dst_port]

                # A dispatcher that refuses the connection has not had the request, so another one gets it, at once. HAProxy does not
                # repeat what it has sent: the client knows better what may be repeated.
                retries 3
                option redispatch 1
                retry-on conn-failure

                # Not /v1/info/state, which says ACTIVE while the dispatcher still starts. A dispatcher that does not lead the queue is
                # as good as the leader, and one whose queue is out of reach answers 503, which clients repeat: both stay in.
                option httpchk
                http-check send meth GET uri /v1/info ver HTTP/1.1 hdr Host 127.0.0.1
                http-check expect string '"starting":false'
                # when a dispatcher is found to be down, clients that wait for it get an answer
                default-server check inter 500ms fall 3 rise 1 on-marked-down shutdown-sessions
            """;

    public HaproxyConfiguration
    {
        requireNonNull(loadBalancer, "loadBalancer is null");
        dispatchers = ImmutableList.copyOf(dispatchers);
    }

    /**
     * Returns the properties that dispatchers need behind it.
     */
    public static Map<String, String> dispatcherProperties()
    {
        return Map.of("http-server.process-forwarded", "true");
    }

    static Path file(ClusterFolder folder)
    {
        return folder.etc(LOAD_BALANCER).resolve("haproxy.cfg");
    }

    public void write(ClusterFolder folder)
    {
        StringBuilder text = new StringBuilder(TEXT.formatted(loadBalancer.port(), STATUS_PATH));
        for (ClusterNode dispatcher : dispatchers) {
            text.append("    server %s %s\n".formatted(dispatcher.name(), dispatcher.uri().getAuthority()));
        }
        try {
            Files.createDirectories(folder.etc(LOAD_BALANCER));
            Files.createDirectories(folder.data(LOAD_BALANCER));
            Files.writeString(file(folder), text);
        }
        catch (IOException e) {
            throw new ClusterException("The configuration of the load balancer cannot be written: " + e, e);
        }
    }
}
