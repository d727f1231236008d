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

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.trino.server.protocol.spooling.SpoolingConfig;
import io.trino.server.protocol.spooling.SpoolingEnabledConfig;

import static io.trino.server.protocol.spooling.SpoolingConfig.SegmentRetrievalMode.WORKER_PROXY;

/**
 * Refuses the only retrieval mode for spooled segments that sends clients to workers. Clients reach only dispatchers.
 */
public class SegmentRetrievalModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        if (buildConfigObject(SpoolingEnabledConfig.class).isEnabled() && buildConfigObject(SpoolingConfig.class).getRetrievalMode() == WORKER_PROXY) {
            binder.addError("Configuration property 'protocol.spooling.retrieval-mode=WORKER_PROXY' sends clients to workers, but clients talk to dispatchers only: " +
                    "set it to COORDINATOR_PROXY, COORDINATOR_STORAGE_REDIRECT or STORAGE on all coordinators and workers");
        }
    }
}
