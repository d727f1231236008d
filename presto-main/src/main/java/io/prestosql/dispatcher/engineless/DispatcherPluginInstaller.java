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
package io.prestosql.dispatcher.engineless;

import com.google.common.collect.ImmutableList;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.trino.eventlistener.EventListenerManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.security.AccessControlManager;
import io.trino.security.GroupProviderManager;
import io.trino.server.PluginClassLoader;
import io.trino.server.PluginInstaller;
import io.trino.server.PluginManager;
import io.trino.server.PluginManager.PluginsProvider;
import io.trino.server.SessionPropertyDefaults;
import io.trino.server.security.CertificateAuthenticatorManager;
import io.trino.server.security.HeaderAuthenticatorManager;
import io.trino.server.security.PasswordAuthenticatorManager;
import io.trino.spi.Plugin;
import io.trino.spi.classloader.ThreadContextClassLoader;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

/**
 * Installs the parts of plugins that a dispatcher uses: resource groups, authentication, access control, session defaults, event listeners.
 * The same plugins can be on every node; connectors and functions are ignored here.
 */
public class DispatcherPluginInstaller
        implements PluginInstaller
{
    private static final Logger log = Logger.get(DispatcherPluginInstaller.class);

    private final PluginsProvider pluginsProvider;
    private final ResourceGroupManager<?> resourceGroupManager;
    private final AccessControlManager accessControlManager;
    private final Optional<PasswordAuthenticatorManager> passwordAuthenticatorManager;
    private final CertificateAuthenticatorManager certificateAuthenticatorManager;
    private final Optional<HeaderAuthenticatorManager> headerAuthenticatorManager;
    private final EventListenerManager eventListenerManager;
    private final GroupProviderManager groupProviderManager;
    private final SessionPropertyDefaults sessionPropertyDefaults;
    private final AtomicBoolean loading = new AtomicBoolean();

    @Inject
    public DispatcherPluginInstaller(
            PluginsProvider pluginsProvider,
            @SuppressWarnings("rawtypes") ResourceGroupManager resourceGroupManager,
            AccessControlManager accessControlManager,
            Optional<PasswordAuthenticatorManager> passwordAuthenticatorManager,
            CertificateAuthenticatorManager certificateAuthenticatorManager,
            Optional<HeaderAuthenticatorManager> headerAuthenticatorManager,
            EventListenerManager eventListenerManager,
            GroupProviderManager groupProviderManager,
            SessionPropertyDefaults sessionPropertyDefaults)
    {
        this.pluginsProvider = requireNonNull(pluginsProvider, "pluginsProvider is null");
        this.resourceGroupManager = requireNonNull(resourceGroupManager, "resourceGroupManager is null");
        this.accessControlManager = requireNonNull(accessControlManager, "accessControlManager is null");
        this.passwordAuthenticatorManager = requireNonNull(passwordAuthenticatorManager, "passwordAuthenticatorManager is null");
        this.certificateAuthenticatorManager = requireNonNull(certificateAuthenticatorManager, "certificateAuthenticatorManager is null");
        this.headerAuthenticatorManager = requireNonNull(headerAuthenticatorManager, "headerAuthenticatorManager is null");
        this.eventListenerManager = requireNonNull(eventListenerManager, "eventListenerManager is null");
        this.groupProviderManager = requireNonNull(groupProviderManager, "groupProviderManager is null");
        this.sessionPropertyDefaults = requireNonNull(sessionPropertyDefaults, "sessionPropertyDefaults is null");
    }

    @Override
    public void loadPlugins()
    {
        if (loading.compareAndSet(false, true)) {
            pluginsProvider.loadPlugins(DispatcherPluginInstaller.this::loadPlugin, PluginManager::createClassLoader);
        }
    }

    private void loadPlugin(String description, Supplier<PluginClassLoader> classLoaderSupplier)
    {
        log.info("-- Loading plugin %s --", description);
        PluginClassLoader classLoader = classLoaderSupplier.get();
        try (ThreadContextClassLoader _ = new ThreadContextClassLoader(classLoader)) {
            List<Plugin> plugins = ImmutableList.copyOf(ServiceLoader.load(Plugin.class, classLoader));
            checkState(!plugins.isEmpty(), "%s - No service providers of type %s", description, Plugin.class.getName());
            plugins.forEach(this::installPlugin);
        }
    }

    @Override
    public void installPlugin(Plugin plugin)
    {
        plugin.getResourceGroupConfigurationManagerFactories().forEach(resourceGroupManager::addConfigurationManagerFactory);
        plugin.getSystemAccessControlFactories().forEach(accessControlManager::addSystemAccessControlFactory);
        passwordAuthenticatorManager.ifPresent(manager -> plugin.getPasswordAuthenticatorFactories().forEach(manager::addPasswordAuthenticatorFactory));
        plugin.getCertificateAuthenticatorFactories().forEach(certificateAuthenticatorManager::addCertificateAuthenticatorFactory);
        headerAuthenticatorManager.ifPresent(manager -> plugin.getHeaderAuthenticatorFactories().forEach(manager::addHeaderAuthenticatorFactory));
        plugin.getEventListenerFactories().forEach(eventListenerManager::addEventListenerFactory);
        plugin.getGroupProviderFactories().forEach(groupProviderManager::addGroupProviderFactory);
        plugin.getSessionPropertyConfigurationManagerFactories().forEach(sessionPropertyDefaults::addConfigurationManagerFactory);
    }
}
