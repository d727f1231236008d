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
package io.prestosql.dispatcher.leader;

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.TypeLiteral;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queries.QueueView;
import io.trino.execution.ExecutionFailureInfo;

import java.util.Optional;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the ways to the dispatcher that leads the queue, which may be this one.
 */
public class LeaderRoutingModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        configBinder(binder).bindConfig(LeaderRoutingConfig.class);
        binder.bind(LocalQueueService.class).in(SINGLETON);
        binder.bind(RemoteQueueServiceFactory.class).in(SINGLETON);
        jsonCodecBinder(binder).bindJsonCodec(SubmittedQuery.class);
        jsonCodecBinder(binder).bindJsonCodec(QueueAnswer.class);
        jsonCodecBinder(binder).bindJsonCodec(new TypeLiteral<Optional<QueryOutcome>>() {});
        jsonCodecBinder(binder).bindJsonCodec(ExecutionFailureInfo.class);
        binder.bind(LeaderProblem.class).in(SINGLETON);
        binder.bind(LeaderCalls.class).in(SINGLETON);
        binder.bind(LeaderRoutingQueueService.class).in(SINGLETON);
        newExporter(binder).export(LeaderRoutingQueueService.class).as("io.prestosql.dispatcher:name=ElectedQueue");
        binder.bind(QueueView.class).to(LeaderRoutingQueueService.class);
        jaxrsBinder(binder).bind(QueueResource.class);
    }
}
