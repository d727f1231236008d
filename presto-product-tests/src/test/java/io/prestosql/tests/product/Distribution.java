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
package io.prestosql.tests.product;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * Measured values, in order.
 */
final class Distribution
{
    private final double[] values;

    Distribution(Collection<Double> values)
    {
        checkArgument(!values.isEmpty(), "nothing was measured");
        this.values = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    int count()
    {
        return values.length;
    }

    /**
     * @param percent 0 to 100
     */
    double percentile(int percent)
    {
        return values[Math.min(values.length - 1, values.length * percent / 100)];
    }

    double median()
    {
        return percentile(50);
    }

    double average()
    {
        return Arrays.stream(values).average().orElseThrow();
    }

    double max()
    {
        return percentile(100);
    }

    /** Returns the values, with two decimals each. */
    @Override
    public String toString()
    {
        return Arrays.toString(Arrays.stream(values).mapToObj(value -> String.format(Locale.ROOT, "%.2f", value)).toArray());
    }
}
