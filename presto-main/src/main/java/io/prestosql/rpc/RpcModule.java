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
package io.prestosql.rpc;

import com.google.inject.Binder;
import com.google.inject.Module;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonBinder.jsonBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the check of protocol versions and the reading of unknown values.
 */
public class RpcModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        binder.bind(ProtocolVersions.class).toInstance(ProtocolVersions.SUPPORTED);
        binder.bind(ProtocolVersionFilter.class).in(SINGLETON);
        newExporter(binder).export(ProtocolVersionFilter.class).as("io.prestosql.rpc:name=ProtocolVersionFilter");
        jaxrsBinder(binder).bind(ProtocolVersionFeature.class);
        jsonBinder(binder).addModuleBinding().to(UnknownEnumValues.class);
    }
}
