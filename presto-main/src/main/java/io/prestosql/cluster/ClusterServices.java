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
package io.prestosql.cluster;

import com.google.inject.Injector;
import com.google.inject.Key;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.discovery.client.Announcer;
import io.airlift.log.Logger;
import io.prestosql.node.ClusterName;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import static java.util.Objects.requireNonNull;

/**
 * The services with which a dispatcher reaches one cluster: its discovery and HTTP clients, which have the cluster's secret, and what the
 * rooms below add.
 */
public final class ClusterServices
{
    private static final Logger log = Logger.get(ClusterServices.class);

    private final Injector injector;
    /** Empty when the services are those of the process itself, which starts and stops them. */
    private final Optional<LifeCycleManager> lifeCycleManager;
    /** Each query asks several times, and of many clusters, which is too often for the injector. */
    private final Map<Class<?>, Object> services = new ConcurrentHashMap<>();

    private ClusterServices(Injector injector, Optional<LifeCycleManager> lifeCycleManager)
    {
        this.injector = requireNonNull(injector, "injector is null");
        this.lifeCycleManager = requireNonNull(lifeCycleManager, "lifeCycleManager is null");
    }

    /**
     * Returns the services for the cluster that the process itself belongs to.
     */
    static ClusterServices ofProcess(Injector injector)
    {
        return new ClusterServices(injector, Optional.empty());
    }

    /**
     * Returns services that end with {@link #stop}.
     */
    static ClusterServices ofCluster(Injector injector)
    {
        return new ClusterServices(injector, Optional.of(injector.getInstance(LifeCycleManager.class)));
    }

    public <T> T get(Class<T> type)
    {
        Object known = services.get(type);
        if (known == null) {
            known = injector.getInstance(type);
            services.put(type, known);
        }
        return type.cast(known);
    }

    public <T> T get(Key<T> key)
    {
        return injector.getInstance(key);
    }

    /**
     * Announces this dispatcher to the cluster's coordinators, and does not wait for their answers.
     */
    void announce()
    {
        if (lifeCycleManager.isPresent()) {
            Thread.ofVirtual().name("announce-to-cluster-" + get(ClusterName.class)).start(() -> {
                try {
                    get(Announcer.class).start();
                }
                catch (IllegalStateException e) {
                    log.debug(e, "The cluster was left meanwhile");
                }
            });
        }
    }

    void stop()
    {
        lifeCycleManager.ifPresent(manager -> {
            try {
                manager.stop();
            }
            catch (RuntimeException e) {
                log.warn(e, "Error while leaving a cluster");
            }
        });
    }
}
