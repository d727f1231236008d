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
package io.prestosql.testing;

import com.google.common.collect.ImmutableMap;
import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import org.weakref.jmx.MBeanExporter;
import org.weakref.jmx.ManagedClass;
import org.weakref.jmx.ObjectNameGenerator;

import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.base.Preconditions.checkState;

/**
 * Builds the beans of a server only when something looks at them, which few tests do. They are a third of what the start of a server takes
 * of the processors.
 */
final class BeansOnDemand
        implements Module
{
    /** What other code does with beans of its own. It needs no others. */
    private static final Set<String> OF_OWN_BEANS = Set.of("registerMBean", "unregisterMBean");

    private final MBeanServer server = MBeanServerFactory.newMBeanServer();
    /** What is to be exported, by the name; guarded by itself. */
    private final Map<ObjectName, Object> waiting = new LinkedHashMap<>();
    private Optional<Exporter> exporter = Optional.empty();

    @Override
    public void configure(Binder binder)
    {
        binder.bind(MBeanServer.class).toInstance((MBeanServer) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {MBeanServer.class},
                (_, method, arguments) -> call(method, arguments)));
    }

    @Provides
    @Singleton
    public MBeanExporter createExporter(Optional<ObjectNameGenerator> names)
    {
        synchronized (waiting) {
            exporter = Optional.of(new Exporter(names));
            return exporter.get();
        }
    }

    private Object call(Method method, Object[] arguments)
            throws Throwable
    {
        if (!OF_OWN_BEANS.contains(method.getName())) {
            exportWaiting();
        }
        try {
            return method.invoke(server, arguments);
        }
        catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void exportWaiting()
    {
        synchronized (waiting) {
            Map<ObjectName, Object> objects = ImmutableMap.copyOf(waiting);
            waiting.clear();
            exporter.ifPresent(known -> objects.forEach(known::exportNow));
        }
    }

    private final class Exporter
            extends MBeanExporter
    {
        Exporter(Optional<ObjectNameGenerator> names)
        {
            super(server, names);
        }

        @Override
        public void export(ObjectName name, Object object)
        {
            synchronized (waiting) {
                // a real exporter refuses it, too, and with it the start of the server
                checkState(!server.isRegistered(name) && waiting.putIfAbsent(name, object) == null, "There is a bean with the name %s", name);
            }
        }

        private void exportNow(ObjectName name, Object object)
        {
            super.export(name, object);
        }

        @Override
        public void unexport(ObjectName name)
        {
            synchronized (waiting) {
                if (waiting.remove(name) == null) {
                    super.unexport(name);
                }
            }
        }

        @Override
        public Map<String, Exception> unexportAllAndReportMissing()
        {
            synchronized (waiting) {
                waiting.clear();
                return super.unexportAllAndReportMissing();
            }
        }

        @Override
        public Map<String, Object> getExportedObjects()
        {
            exportWaiting();
            return super.getExportedObjects();
        }

        @Override
        public Map<String, ManagedClass> getManagedClasses()
        {
            exportWaiting();
            return super.getManagedClasses();
        }

        @Override
        public Optional<Object> getExportedObject(ObjectName name)
        {
            exportWaiting();
            return super.getExportedObject(name);
        }
    }
}
