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
package io.prestosql.dispatcher.clusters;

import org.junit.jupiter.api.Test;

import static io.airlift.json.JsonCodec.jsonCodec;
import static org.assertj.core.api.Assertions.assertThat;

public class TestOrdersReport
{
    /**
     * A leader of a build between 476-1 and this one says nothing of readers.
     */
    @Test
    public void testEarlierBuild()
    {
        OrdersReport report = jsonCodec(OrdersReport.class).fromJson(
                """
                {"epoch": 4, "states": {}, "definitions": {}}
                """);
        assertThat(report.epoch()).isEqualTo(4);
        assertThat(report.readers()).isEmpty();
    }
}
