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

import io.prestosql.tests.product.LocalCluster.Node;

import java.net.URI;

/**
 * What a coordinator itself says of the queries that dispatchers have given to it.
 */
final class CoordinatorCounters
{
    private CoordinatorCounters() {}

    static int runningQueries(Node coordinator)
    {
        return Http.getJson(coordinator.uri().resolve(URI.create("/v1/jmx/mbean/io.prestosql.coordinator:name=DispatchedQueries/RunningQueries")), Http.AS_TEST_USER).asInt();
    }
}
