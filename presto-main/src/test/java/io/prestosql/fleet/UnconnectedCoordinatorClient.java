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
package io.prestosql.fleet;

import io.airlift.http.client.testing.TestingHttpClient;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.StopRequest;

import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.json.JsonCodec.jsonCodec;

/**
 * Has no connection to any coordinator. A test answers the calls that it expects; all others fail.
 */
public abstract class UnconnectedCoordinatorClient
        extends CoordinatorClient
{
    protected UnconnectedCoordinatorClient(ScheduledExecutorService executor, CoordinatorMonitorConfig config)
    {
        super(
                new TestingHttpClient(request -> {
                    throw new UnsupportedOperationException(request.toString());
                }),
                executor,
                config,
                jsonCodec(DispatchRequest.class),
                jsonCodec(DispatchResponse.class),
                jsonCodec(CoordinatorReport.class),
                jsonCodec(ReportRequest.class),
                jsonCodec(StopRequest.class));
    }
}
