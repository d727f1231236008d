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
import com.google.common.collect.Sets;
import com.google.inject.Binder;
import com.google.inject.Binding;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.spi.Element;
import com.google.inject.spi.Elements;
import com.google.inject.spi.LinkedKeyBinding;
import com.google.inject.spi.Message;
import io.airlift.configuration.ConfigurationAwareModule;
import io.airlift.configuration.ConfigurationFactory;

import java.util.List;
import java.util.Set;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;

/**
 * The engine's own modules, with some of their bindings replaced or left out.
 * <p>
 * Guice silently accepts a replacement for a binding that does not exist, so an upgrade of the engine could quietly undo the purpose of a
 * replacement. Here such a replacement fails the start.
 */
public class EngineModule
        implements ConfigurationAwareModule
{
    private final List<Module> engineModules;
    private final List<Module> replacements;
    private final Set<Class<?>> leftOut;
    private final Set<Class<?>> leftOutIfThere;

    /**
     * @param engineModules all modules that bind something that is replaced, and all modules that are installed beside them
     * @param replacements modules that bind only keys that the engine binds, too
     * @param leftOut classes that the engine adds to a set, such as REST resources, and that must not be there
     * @param leftOutIfThere classes that the engine may add to a set, depending on its configuration, and that must not be there
     */
    public EngineModule(List<Module> engineModules, List<Module> replacements, Set<Class<?>> leftOut, Set<Class<?>> leftOutIfThere)
    {
        this.engineModules = ImmutableList.copyOf(engineModules);
        this.replacements = ImmutableList.copyOf(replacements);
        this.leftOut = ImmutableSet.copyOf(leftOut);
        this.leftOutIfThere = ImmutableSet.copyOf(leftOutIfThere);
    }

    @Override
    public void setConfigurationFactory(ConfigurationFactory configurationFactory)
    {
        requireNonNull(configurationFactory, "configurationFactory is null");
        for (List<Module> modules : List.of(engineModules, replacements)) {
            for (Module module : modules) {
                if (module instanceof ConfigurationAwareModule configurationAware) {
                    configurationAware.setConfigurationFactory(configurationFactory);
                }
            }
        }
    }

    @Override
    public void configure(Binder binder)
    {
        List<Element> engineElements = Elements.getElements(binder.currentStage(), engineModules);
        List<Element> replacementElements = Elements.getElements(binder.currentStage(), replacements);
        // a module that stops at an error, such as an invalid property, lacks bindings for that reason, and the error is what matters
        if (engineElements.stream().noneMatch(Message.class::isInstance)) {
            checkReplacements(engineElements, replacementElements);
            checkLeftOut(engineElements);
        }

        // Guice's own Modules.override would record each element twice more, which takes a tenth of a start
        Set<Key<?>> replaced = boundKeys(replacementElements);
        engineElements.stream()
                .filter(element -> !isLeftOut(element))
                .filter(element -> !(element instanceof Binding<?> binding) || !replaced.contains(binding.getKey()))
                .forEach(element -> element.applyTo(binder));
        replacementElements.forEach(element -> element.applyTo(binder));
    }

    private static void checkReplacements(List<Element> engineElements, List<Element> replacementElements)
    {
        Set<Key<?>> missing = Sets.difference(boundKeys(replacementElements), boundKeys(engineElements));
        if (!missing.isEmpty()) {
            throw new IllegalStateException("The engine does not bind what is to be replaced: %s. See developer/engine.md for what depends on it".formatted(missing));
        }
    }

    private void checkLeftOut(List<Element> engineElements)
    {
        Set<Class<?>> found = engineElements.stream()
                .filter(LinkedKeyBinding.class::isInstance)
                .map(element -> ((LinkedKeyBinding<?>) element).getLinkedKey().getTypeLiteral().getRawType())
                .collect(toImmutableSet());
        Set<Class<?>> missing = Sets.difference(leftOut, found);
        if (!missing.isEmpty()) {
            throw new IllegalStateException("The engine does not add what is to be left out: %s. See developer/engine.md for what depends on it".formatted(missing));
        }
    }

    private boolean isLeftOut(Element element)
    {
        if (element instanceof LinkedKeyBinding<?> linked && isLeftOut(linked.getLinkedKey())) {
            return true;
        }
        return element instanceof Binding<?> binding && binding.getKey().getAnnotationType() == null && isLeftOut(binding.getKey());
    }

    private boolean isLeftOut(Key<?> key)
    {
        Class<?> type = key.getTypeLiteral().getRawType();
        return leftOut.contains(type) || leftOutIfThere.contains(type);
    }

    private static Set<Key<?>> boundKeys(List<Element> elements)
    {
        return elements.stream()
                .filter(Binding.class::isInstance)
                .map(element -> ((Binding<?>) element).getKey())
                .collect(toImmutableSet());
    }
}
