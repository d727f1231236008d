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

import static com.google.common.base.Preconditions.checkState;

/**
 * Says how much a run of the tests does. The short run, which CI uses, shows every capability once; the long one ({@code -Plong}) repeats.
 */
final class Tier
{
    private static final boolean LONG = isLong(System.getProperty("test.tier", "short"));

    private Tier() {}

    static boolean isLong()
    {
        return LONG;
    }

    private static boolean isLong(String tier)
    {
        checkState(tier.equals("short") || tier.equals("long"), "test.tier is neither short nor long: %s", tier);
        return tier.equals("long");
    }

    /**
     * Returns a number that depends on the tier, unless a system property sets it.
     */
    static int number(String property, int inShort, int inLong)
    {
        return Integer.getInteger(property, number(inShort, inLong));
    }

    static int number(int inShort, int inLong)
    {
        return LONG ? inLong : inShort;
    }
}
