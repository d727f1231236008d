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
package io.prestosql.dispatcher.admission;

import io.prestosql.testing.GeneratedText;
import org.junit.jupiter.api.Test;

import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

public class TestWarmUp
{
    private static final String LIST = "presto-main/src/main/resources/io/prestosql/dispatcher/admission/take-over-classes.txt";

    /**
     * Another release of the engine may have other classes. TestTakeOverClasses then finds the classes that it loads.
     */
    @Test
    public void testListedClassesExist()
    {
        assertThat(WarmUp.classes()).isSorted().doesNotHaveDuplicates().hasSizeGreaterThan(100);
        GeneratedText.assertFile(LIST, GeneratedText.read(LIST).lines()
                .filter(line -> line.startsWith("#") || isThere(line))
                .collect(Collectors.joining("\n", "", "\n")));
    }

    private static boolean isThere(String name)
    {
        try {
            Class.forName(name, false, WarmUp.class.getClassLoader());
            return true;
        }
        catch (ClassNotFoundException _) {
            return false;
        }
    }
}
