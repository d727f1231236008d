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

/**
 * How much a test repeats: the short tier shows that something works, the long tier ({@code -Plong}) looks for what happens seldom.
 */
public final class TestTier
{
    private static final boolean LONG = System.getProperty("test.tier", "short").equals("long");

    private TestTier() {}

    public static boolean isLong()
    {
        return LONG;
    }

    public static int rounds(int inShortTier, int inLongTier)
    {
        return LONG ? inLongTier : inShortTier;
    }
}
