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

import static java.util.Locale.ENGLISH;

/**
 * Says how much the tests of this run do: enough to show each capability, or everything. The build chooses the latter with {@code -Plong}.
 */
public enum TestingTier
{
    SHORT,
    LONG;

    private static final TestingTier CURRENT = valueOf(System.getProperty("test.tier", "short").toUpperCase(ENGLISH));

    public static TestingTier current()
    {
        return CURRENT;
    }

    public static boolean isLong()
    {
        return CURRENT == LONG;
    }

    /**
     * Returns how often a test repeats its scenario.
     */
    public static int rounds(int inShortTier, int inLongTier)
    {
        return isLong() ? inLongTier : inShortTier;
    }

    /**
     * Returns how often a test repeats its scenario.
     *
     * @param property the system property with which a run can set another number
     */
    public static int repetitions(String property, int inShortTier, int inLongTier)
    {
        return Integer.getInteger(property, rounds(inShortTier, inLongTier));
    }
}
