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
package io.prestosql.operations;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.queries.ForView;
import io.prestosql.queries.ViewConfig;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;

import java.net.URI;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static java.util.Objects.requireNonNull;

/**
 * Asks another dispatcher for its report, through that dispatcher's {@link DispatcherReportResource}.
 */
public class DispatcherReportClient
{
    private final JsonCaller caller;
    private final Duration timeout;
    private final JsonCodec<DispatcherReport> codec;

    @Inject
    public DispatcherReportClient(@ForView HttpClient httpClient, @ForView ScheduledExecutorService executor, ViewConfig config, JsonCodec<DispatcherReport> codec)
    {
        this.caller = new JsonCaller(httpClient, executor, CoordinatorCallException::new);
        this.timeout = config.getTimeout();
        this.codec = requireNonNull(codec, "codec is null");
    }

    /**
     * @param dispatcher the dispatcher's internal address
     */
    public ListenableFuture<DispatcherReport> getReport(URI dispatcher)
    {
        return caller.call(prepareGet().setUri(uriBuilderFrom(dispatcher).appendPath("/v1/dispatcher").build()).build(), codec, timeout);
    }
}
