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
package io.prestosql.dispatcher.admission;

import com.google.common.reflect.AbstractInvocationHandler;
import io.trino.metadata.Metadata;
import io.trino.spi.security.Identity;

import java.lang.reflect.Method;

import static com.google.common.reflect.Reflection.newProxy;

/**
 * The part of the engine's metadata that parsing a session and queueing a query need. A dispatcher has no catalogs, and the coordinator
 * decides whether an identity has the roles that it wants to use.
 */
public final class DispatcherMetadata
        extends AbstractInvocationHandler
{
    private DispatcherMetadata() {}

    public static Metadata create()
    {
        return newProxy(Metadata.class, new DispatcherMetadata());
    }

    @Override
    protected Object handleInvocation(Object proxy, Method method, Object[] arguments)
    {
        return switch (method.getName()) {
            case "listEnabledRoles" -> ((Identity) arguments[0]).getEnabledRoles();
            case "beginQuery", "cleanupQuery" -> null;
            default -> throw new UnsupportedOperationException("A dispatcher has no metadata: " + method);
        };
    }
}
