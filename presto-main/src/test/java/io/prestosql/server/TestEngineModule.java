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
package io.prestosql.server;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.inject.Binder;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.TypeLiteral;
import com.google.inject.name.Names;
import io.airlift.bootstrap.Bootstrap;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.configuration.Config;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestEngineModule
{
    private static final Module ENGINE = binder -> {
        binder.bind(String.class).toInstance("engine");
        binder.bind(String.class).annotatedWith(Names.named("other")).toInstance("engine's other");
        binder.bind(FirstPart.class).in(SINGLETON);
        newSetBinder(binder, Part.class).addBinding().to(FirstPart.class);
        newSetBinder(binder, Part.class).addBinding().to(SecondPart.class).in(SINGLETON);
    };

    @Test
    public void testReplacement()
    {
        Injector injector = Guice.createInjector(new EngineModule(
                ImmutableList.of(ENGINE),
                ImmutableList.of(binder -> binder.bind(String.class).toInstance("ours")),
                ImmutableSet.of(),
                ImmutableSet.of()));
        assertThat(injector.getInstance(String.class)).isEqualTo("ours");
        assertThat(injector.getInstance(Key.get(String.class, Names.named("other")))).isEqualTo("engine's other");
        assertThat(parts(injector)).hasExactlyElementsOfTypes(FirstPart.class, SecondPart.class);
    }

    @Test
    public void testReplacementOfNothing()
    {
        assertFails(
                new EngineModule(
                        ImmutableList.of(ENGINE),
                        ImmutableList.of(
                                binder -> binder.bind(String.class).toInstance("ours"),
                                binder -> binder.bind(Integer.class).toInstance(1),
                                binder -> binder.bind(String.class).annotatedWith(Names.named("gone")).toInstance("ours")),
                        ImmutableSet.of(),
                        ImmutableSet.of()),
                "The engine does not bind what is to be replaced",
                "type=Integer",
                "gone");
    }

    @Test
    public void testLeftOut()
    {
        Injector injector = Guice.createInjector(new EngineModule(
                ImmutableList.of(ENGINE),
                ImmutableList.of(),
                ImmutableSet.of(FirstPart.class),
                ImmutableSet.of()));
        assertThat(parts(injector)).hasExactlyElementsOfTypes(SecondPart.class);
        assertThat(injector.getExistingBinding(Key.get(FirstPart.class))).isNull();
    }

    @Test
    public void testLeftOutIfThere()
    {
        Injector injector = Guice.createInjector(new EngineModule(
                ImmutableList.of(ENGINE),
                ImmutableList.of(),
                ImmutableSet.of(),
                ImmutableSet.of(FirstPart.class, ThirdPart.class)));
        assertThat(parts(injector)).hasExactlyElementsOfTypes(SecondPart.class);
    }

    @Test
    public void testLeavingOutNothing()
    {
        assertFails(
                new EngineModule(ImmutableList.of(ENGINE), ImmutableList.of(), ImmutableSet.of(FirstPart.class, ThirdPart.class), ImmutableSet.of()),
                "The engine does not add what is to be left out",
                "ThirdPart");
    }

    @Test
    public void testErrorInEngineModule()
    {
        assertThatThrownBy(() -> Guice.createInjector(new EngineModule(
                ImmutableList.of(
                        ENGINE,
                        binder -> {
                            throw new IllegalArgumentException("property x is not valid");
                        }),
                ImmutableList.of(binder -> binder.bind(Integer.class).toInstance(1)),
                ImmutableSet.of(ThirdPart.class),
                ImmutableSet.of())))
                .isInstanceOf(CreationException.class)
                .hasMessageContaining("property x is not valid")
                .hasMessageNotContaining("engine does not");
    }

    @Test
    public void testConfiguration()
    {
        EngineModule module = new EngineModule(
                ImmutableList.of(
                        ENGINE,
                        new AbstractConfigurationAwareModule()
                        {
                            @Override
                            protected void setup(Binder binder)
                            {
                                configBinder(binder).bindConfig(SomeConfig.class);
                                binder.bind(Integer.class).toInstance(buildConfigObject(SomeConfig.class).getValue());
                            }
                        }),
                ImmutableList.of(new AbstractConfigurationAwareModule()
                {
                    @Override
                    protected void setup(Binder binder)
                    {
                        binder.bind(String.class).toInstance("ours " + buildConfigObject(SomeConfig.class).getValue());
                    }
                }),
                ImmutableSet.of(),
                ImmutableSet.of());
        Injector injector = new Bootstrap(module)
                .doNotInitializeLogging()
                .quiet()
                .setRequiredConfigurationProperty("some.value", "7")
                .initialize();
        assertThat(injector.getInstance(Integer.class)).isEqualTo(7);
        assertThat(injector.getInstance(String.class)).isEqualTo("ours 7");
        assertThat(injector.getInstance(SomeConfig.class).getValue()).isEqualTo(7);
    }

    private static List<Part> parts(Injector injector)
    {
        return ImmutableList.copyOf(injector.getInstance(Key.get(new TypeLiteral<Set<Part>>() {})));
    }

    private static void assertFails(EngineModule module, String... message)
    {
        assertThatThrownBy(() -> Guice.createInjector(module))
                .isInstanceOf(CreationException.class)
                .hasMessageContainingAll(message);
    }

    public interface Part {}

    public static class FirstPart
            implements Part {}

    public static class SecondPart
            implements Part {}

    public static class ThirdPart
            implements Part {}

    public static class SomeConfig
    {
        private int value;

        public int getValue()
        {
            return value;
        }

        @Config("some.value")
        public SomeConfig setValue(int value)
        {
            this.value = value;
            return this;
        }
    }
}
