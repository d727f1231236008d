package io.prestosql.dispatcher;

import com.google.common.reflect.AbstractInvocationHandler;
import io.trino.metadata.Metadata;
import io.trino.spi.security.Identity;

import java.lang.reflect.Method;

import static com.google.common.reflect.Reflection.newProxy;

/**
 * The little that parsing a session and queueing a query need of the engine's metadata. A dispatcher has no catalogs, and whether an
 * identity really has the roles that it wants to use is decided by the coordinator.
 */
final class DispatcherMetadata
        extends AbstractInvocationHandler
{
    private DispatcherMetadata() {}

    static Metadata create()
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
