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

/**
 * Hears which clusters there are. The calls come one at a time, and must not block.
 */
public interface ClustersListener
{
    /**
     * A cluster is there that was not, or that has other services than before.
     */
    default void added(KnownCluster cluster) {}

    /**
     * A cluster has other settings, or its definition is gone.
     */
    default void changed(KnownCluster cluster) {}

    /**
     * A cluster is not there any more, or not with these services.
     */
    default void removed(KnownCluster cluster) {}
}
