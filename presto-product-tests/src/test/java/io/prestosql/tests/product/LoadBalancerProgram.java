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
package io.prestosql.tests.product;

import com.google.common.collect.ImmutableList;

import java.nio.file.Path;
import java.util.List;

import static java.util.Objects.requireNonNull;

/**
 * Load balancers for which the deployment guide has a configuration. A test uses the installed program; on Debian, a fetched one otherwise.
 */
enum LoadBalancerProgram
{
    NGINX("nginx") {
        @Override
        String address(int port)
        {
            return "listen %s ssl;".formatted(port == DOCUMENTED_PORT ? port : LOOPBACK + ":" + port);
        }

        /**
         * The guide's text is only a part of Debian's {@code /etc/nginx/nginx.conf}; this adds the rest.
         */
        @Override
        String complete(String configuration, Path directory)
        {
            return """
                    daemon off;
                    # all in one process, which ends with the test
                    master_process off;
                    pid %1$s/nginx.pid;
                    error_log stderr;
                    events {}
                    http {
                        access_log off;
                        client_body_temp_path %1$s/client-body;
                        proxy_temp_path %1$s/proxy;
                        fastcgi_temp_path %1$s/fastcgi;
                        uwsgi_temp_path %1$s/uwsgi;
                        scgi_temp_path %1$s/scgi;
                    %2$s
                    }
                    """.formatted(directory, configuration);
        }

        @Override
        List<String> arguments(Path configuration)
        {
            return ImmutableList.of("-e", "stderr", "-p", configuration.getParent().toString(), "-c", configuration.toString());
        }
    },
    HAPROXY("haproxy") {
        @Override
        String address(int port)
        {
            return "bind %s:%s ssl".formatted(port == DOCUMENTED_PORT ? "" : LOOPBACK, port);
        }

        @Override
        String complete(String configuration, Path directory)
        {
            return configuration;
        }

        @Override
        List<String> arguments(Path configuration)
        {
            return ImmutableList.of("-db", "-f", configuration.toString());
        }
    };

    /** The port in the guide. */
    static final int DOCUMENTED_PORT = 443;
    private static final String LOOPBACK = "127.0.0.1";

    private final String program;

    LoadBalancerProgram(String program)
    {
        this.program = requireNonNull(program, "program is null");
    }

    /**
     * Returns the name of the program, which is also that of Debian's package and of the language of the guide's block.
     */
    String program()
    {
        return program;
    }

    /**
     * Returns the configuration line with the address where it listens.
     */
    abstract String address(int port);

    /**
     * Adds the parts of the configuration that the guide leaves to the installation.
     */
    abstract String complete(String configuration, Path directory);

    /**
     * Returns the arguments that run it in the foreground.
     */
    abstract List<String> arguments(Path configuration);
}
