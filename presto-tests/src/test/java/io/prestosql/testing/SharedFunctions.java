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

import com.google.common.collect.ImmutableList;
import com.google.inject.Binder;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.Provider;
import com.google.inject.Scopes;
import com.google.inject.spi.Element;
import com.google.inject.spi.Elements;
import com.google.inject.spi.ProviderInstanceBinding;
import com.google.inject.spi.ProvidesMethodBinding;
import io.airlift.configuration.ConfigurationAwareModule;
import io.airlift.configuration.ConfigurationFactory;
import io.trino.FeaturesConfig;
import io.trino.client.NodeVersion;
import io.trino.metadata.FunctionBundle;
import io.trino.metadata.SystemFunctionBundle;
import io.trino.spi.type.TypeOperators;
import io.trino.sql.analyzer.RegexLibrary;
import io.trino.type.BlockTypeOperators;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import static java.util.Objects.requireNonNull;

/**
 * The engine's modules, with the built-in functions of one server for all of this process. To find all functions by
 * reflection is a quarter of what the start of a coordinator or worker takes of the processors.
 */
final class SharedFunctions
        implements ConfigurationAwareModule
{
    private static final Map<Variant, FunctionBundle> FUNCTIONS = new ConcurrentHashMap<>();

    private final List<Module> modules;

    /**
     * What the functions depend on.
     */
    private record Variant(String version, RegexLibrary regexLibrary, int dfaStatesLimit, int dfaRetries)
    {
        Variant(NodeVersion version, FeaturesConfig config)
        {
            this(version.getVersion(), config.getRegexLibrary(), config.getRe2JDfaStatesLimit(), config.getRe2JDfaRetries());
        }
    }

    SharedFunctions(List<Module> modules)
    {
        this.modules = ImmutableList.copyOf(modules);
    }

    @Override
    public void setConfigurationFactory(ConfigurationFactory configurationFactory)
    {
        for (Module module : modules) {
            if (module instanceof ConfigurationAwareModule configurationAware) {
                configurationAware.setConfigurationFactory(configurationFactory);
            }
        }
    }

    @Override
    public void configure(Binder binder)
    {
        for (Element element : Elements.getElements(binder.currentStage(), modules)) {
            if (element instanceof ProviderInstanceBinding<?> binding && isSystemFunctions(binding)) {
                share(binder, binding.getKey());
            }
            else {
                element.applyTo(binder);
            }
        }
    }

    private static boolean isSystemFunctions(ProviderInstanceBinding<?> binding)
    {
        return binding.getUserSuppliedProvider() instanceof ProvidesMethodBinding<?> method && method.getMethod().getName().equals("systemFunctionBundle");
    }

    @SuppressWarnings("unchecked")
    private static void share(Binder binder, Key<?> key)
    {
        binder.bind((Key<FunctionBundle>) key)
                .toProvider(new SharedBundle(
                        binder.getProvider(FeaturesConfig.class),
                        binder.getProvider(TypeOperators.class),
                        binder.getProvider(BlockTypeOperators.class),
                        binder.getProvider(NodeVersion.class)))
                .in(Scopes.SINGLETON);
    }

    private record SharedBundle(
            Provider<FeaturesConfig> config,
            Provider<TypeOperators> typeOperators,
            Provider<BlockTypeOperators> blockTypeOperators,
            Provider<NodeVersion> version)
            implements Provider<FunctionBundle>
    {
        private SharedBundle
        {
            requireNonNull(config, "config is null");
            requireNonNull(typeOperators, "typeOperators is null");
            requireNonNull(blockTypeOperators, "blockTypeOperators is null");
            requireNonNull(version, "version is null");
        }

        @Override
        public FunctionBundle get()
        {
            return FUNCTIONS.computeIfAbsent(
                    new Variant(version.get(), config.get()),
                    _ -> SystemFunctionBundle.create(config.get(), typeOperators.get(), blockTypeOperators.get(), version.get()));
        }
    }
}
