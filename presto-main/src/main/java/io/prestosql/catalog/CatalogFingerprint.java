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
package io.prestosql.catalog;

import com.google.common.collect.ImmutableMap;

import java.util.Map;

import static java.util.Objects.requireNonNull;

/**
 * A catalog in a form that coordinators can compare, without the values of its properties.
 *
 * @param connector the connector's name
 * @param properties the names of the properties, each with a keyed hash of its value
 */
public record CatalogFingerprint(String name, String connector, Map<String, String> properties)
{
    public CatalogFingerprint
    {
        requireNonNull(name, "name is null");
        requireNonNull(connector, "connector is null");
        properties = ImmutableMap.copyOf(properties);
    }
}
