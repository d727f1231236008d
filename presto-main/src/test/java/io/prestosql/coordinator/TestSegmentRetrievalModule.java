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
package io.prestosql.coordinator;

import com.google.common.collect.ImmutableMap;
import com.google.inject.spi.Message;
import io.airlift.bootstrap.ApplicationConfigurationException;
import io.airlift.bootstrap.Bootstrap;
import io.trino.server.protocol.spooling.SpoolingConfig.SegmentRetrievalMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestSegmentRetrievalModule
{
    private static final String SECRET_KEY = "jxTKysfCBuMZtFqUf8UJDQ1w9ez8rynEJsJqgJf66u0=";

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "WORKER_PROXY")
    public void testModesWithoutWorkers(SegmentRetrievalMode mode)
    {
        start(properties(mode));
    }

    @Test
    public void testWithoutSpooling()
    {
        start(ImmutableMap.of());
    }

    @Test
    public void testWorkersAreRefused()
    {
        assertThatThrownBy(() -> start(properties(SegmentRetrievalMode.WORKER_PROXY)))
                .isInstanceOfSatisfying(ApplicationConfigurationException.class, failure -> assertThat(failure.getErrors())
                        .extracting(Message::getMessage)
                        .singleElement().asString()
                        .contains("'protocol.spooling.retrieval-mode=WORKER_PROXY'", "set it to COORDINATOR_PROXY"));
    }

    private static Map<String, String> properties(SegmentRetrievalMode mode)
    {
        return ImmutableMap.of(
                "protocol.spooling.enabled", "true",
                "protocol.spooling.shared-secret-key", SECRET_KEY,
                "protocol.spooling.retrieval-mode", mode.name());
    }

    private static void start(Map<String, String> properties)
    {
        new Bootstrap(new SegmentRetrievalModule())
                .doNotInitializeLogging()
                .quiet()
                .setRequiredConfigurationProperties(properties)
                .initialize();
    }
}
