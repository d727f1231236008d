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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.trino.client.ClientSession;
import io.trino.client.QueryError;
import io.trino.client.QueryStatusInfo;
import io.trino.client.StatementClient;
import okhttp3.OkHttpClient;
import okhttp3.Request;

import java.io.Closeable;
import java.net.URI;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import static io.trino.client.ClientCapabilities.PATH;
import static io.trino.client.ClientCapabilities.SESSION_AUTHORIZATION;
import static io.trino.client.StatementClientFactory.newStatementClient;
import static java.util.Objects.requireNonNull;

/**
 * The engine's own client, as the CLI and the JDBC driver use it.
 */
public final class TestingClient
        implements Closeable
{
    private final URI server;
    private final OkHttpClient httpClient;

    public TestingClient(URI server)
    {
        this(server, ImmutableMap.of());
    }

    /**
     * @param headers go with every request, beside those of the protocol
     */
    public TestingClient(URI server, Map<String, String> headers)
    {
        this.server = requireNonNull(server, "server is null");
        httpClient = new OkHttpClient.Builder()
                .readTimeout(1, TimeUnit.MINUTES)
                .addInterceptor(chain -> {
                    Request.Builder request = chain.request().newBuilder();
                    headers.forEach(request::addHeader);
                    return chain.proceed(request.build());
                })
                .build();
        httpClient.dispatcher().setMaxRequests(1000);
        httpClient.dispatcher().setMaxRequestsPerHost(1000);
    }

    public ClientSession.Builder session()
    {
        return ClientSession.builder()
                .server(server)
                .user(Optional.of("user"))
                .source("test")
                .timeZone(ZoneId.of("UTC"))
                .clientRequestTimeout(io.airlift.units.Duration.valueOf("1m"));
    }

    /**
     * Starts a query with the POST only.
     */
    public StatementClient start(ClientSession session, String sql)
    {
        return newStatementClient(httpClient, session, sql, Optional.of(Set.of(PATH.toString(), SESSION_AUTHORIZATION.toString())));
    }

    public StatementClient start(String sql)
    {
        return start(session().build(), sql);
    }

    public Result execute(String sql)
    {
        return execute(session().build(), sql);
    }

    public Result execute(UnaryOperator<ClientSession.Builder> session, String sql)
    {
        return execute(session.apply(session()).build(), sql);
    }

    public Result execute(ClientSession session, String sql)
    {
        try (StatementClient client = start(session, sql)) {
            return drain(client);
        }
    }

    /**
     * Reads a query's results to the end.
     */
    public static Result drain(StatementClient client)
    {
        ImmutableList.Builder<List<Object>> rows = ImmutableList.builder();
        while (client.isRunning()) {
            for (List<Object> row : client.currentRows()) {
                rows.add(row);
            }
            client.advance();
        }
        QueryStatusInfo status = client.finalStatusInfo();
        return new Result(status.getId(), rows.build(), Optional.ofNullable(status.getError()), client.getStartedTransactionId(), client.isClearTransactionId());
    }

    @Override
    public void close()
    {
        httpClient.dispatcher().executorService().shutdownNow();
        httpClient.connectionPool().evictAll();
    }

    public record Result(String queryId, List<List<Object>> rows, Optional<QueryError> error, String startedTransactionId, boolean clearTransactionId)
    {
        public Object onlyValue()
        {
            if (error.isPresent()) {
                throw new AssertionError("Query %s failed: %s".formatted(queryId, error.get()));
            }
            return rows.getFirst().getFirst();
        }
    }
}
