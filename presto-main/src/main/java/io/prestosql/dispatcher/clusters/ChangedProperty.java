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
package io.prestosql.dispatcher.clusters;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Arrays;

/**
 * What of a cluster an operator has changed.
 */
public enum ChangedProperty
{
    STATE("state"),
    DEFINITION("definition"),
    /** One that only a later release knows. */
    UNKNOWN("unknown");

    private final String name;

    ChangedProperty(String name)
    {
        this.name = name;
    }

    @JsonCreator
    public static ChangedProperty of(String name)
    {
        return Arrays.stream(values())
                .filter(property -> property.name.equals(name))
                .findFirst()
                .orElse(UNKNOWN);
    }

    @JsonValue
    @Override
    public String toString()
    {
        return name;
    }
}
