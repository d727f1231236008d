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
package io.prestosql.queries;

import com.google.common.collect.ImmutableList;

import java.util.List;
import java.util.function.Function;

import static java.util.Objects.requireNonNull;

/**
 * A part of the cluster's state as this node knows it at the moment.
 *
 * @param missing the queue or nodes that are missing from the view, each with the reason; in words, without addresses
 */
public record View<T>(T value, List<String> missing)
{
    public View
    {
        requireNonNull(value, "value is null");
        missing = ImmutableList.copyOf(missing);
    }

    public <R> View<R> map(Function<T, R> function)
    {
        return new View<>(function.apply(value), missing);
    }
}
