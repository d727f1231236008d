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

import com.google.common.collect.ImmutableMap;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.server.testing.TestingTrinoServer;

import java.util.Map;

/**
 * Starts the engine's own server, with which tests compare a dispatcher.
 */
public final class StockServer
{
    private StockServer() {}

    /**
     * @return a server with the catalog {@code tpch}
     */
    public static TestingTrinoServer withTpch()
    {
        return withTpch(ImmutableMap.of());
    }

    /**
     * @param properties as in {@code config.properties}
     * @return a server with the catalog {@code tpch}
     */
    public static TestingTrinoServer withTpch(Map<String, String> properties)
    {
        TestingTrinoServer server = TestingTrinoServer.builder()
                .setProperties(properties)
                .build();
        server.installPlugin(new TpchPlugin());
        server.createCatalog("tpch", "tpch", ImmutableMap.of());
        return server;
    }
}
