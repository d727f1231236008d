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

import com.google.inject.Guice;
import com.google.inject.Injector;
import org.junit.jupiter.api.Test;
import org.weakref.jmx.MBeanExporter;
import org.weakref.jmx.Managed;
import org.weakref.jmx.ObjectNameGenerator;

import javax.management.InstanceNotFoundException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import static com.google.inject.multibindings.OptionalBinder.newOptionalBinder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestBeansOnDemand
{
    private final Injector injector = Guice.createInjector(new BeansOnDemand(), binder -> newOptionalBinder(binder, ObjectNameGenerator.class));
    private final MBeanExporter exporter = injector.getInstance(MBeanExporter.class);
    private final MBeanServer server = injector.getInstance(MBeanServer.class);

    @Test
    public void testBeanIsThereForThoseWhoAsk()
            throws Exception
    {
        exporter.export("test:name=one", new Counter(1));
        assertThat(server.getAttribute(new ObjectName("test:name=one"), "Count")).isEqualTo(1);
        exporter.export("test:name=two", new Counter(2));
        assertThat(server.isRegistered(new ObjectName("test:name=two"))).isTrue();
        exporter.export("test:name=three", new Counter(3));
        assertThat(server.queryNames(new ObjectName("test:*"), null)).hasSize(3);
        exporter.export("test:name=four", new Counter(4));
        // as /metrics does
        assertThat(exporter.getManagedClasses()).containsOnlyKeys("test:name=one", "test:name=two", "test:name=three", "test:name=four");
        exporter.export("test:name=five", new Counter(5));
        assertThat(exporter.getExportedObject(new ObjectName("test:name=five"))).isPresent();
    }

    @Test
    public void testEndOfBean()
            throws Exception
    {
        exporter.export("test:name=unseen", new Counter(1));
        exporter.unexport("test:name=unseen");
        exporter.export("test:name=seen", new Counter(1));
        assertThat(server.getAttribute(new ObjectName("test:name=seen"), "Count")).isEqualTo(1);
        exporter.unexport("test:name=seen");
        assertThatThrownBy(() -> server.getAttribute(new ObjectName("test:name=unseen"), "Count")).isInstanceOf(InstanceNotFoundException.class);
        assertThatThrownBy(() -> server.getAttribute(new ObjectName("test:name=seen"), "Count")).isInstanceOf(InstanceNotFoundException.class);
        exporter.export("test:name=seen", new Counter(2));
        assertThat(server.getAttribute(new ObjectName("test:name=seen"), "Count")).isEqualTo(2);
    }

    /**
     * Such a server does not start, so a test has to see it without looking at beans.
     */
    @Test
    public void testTwoBeansOfOneName()
            throws Exception
    {
        exporter.export("test:name=one", new Counter(1));
        assertThatThrownBy(() -> exporter.export("test:name=one", new Counter(2))).hasMessage("There is a bean with the name test:name=one");
        assertThat(server.getAttribute(new ObjectName("test:name=one"), "Count")).isEqualTo(1);
        assertThatThrownBy(() -> exporter.export("test:name=one", new Counter(2))).hasMessage("There is a bean with the name test:name=one");
    }

    public record Counter(int count)
    {
        @Managed
        public int getCount()
        {
            return count;
        }
    }
}
