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
package io.prestosql.history;

import org.junit.jupiter.api.Test;

import java.util.List;

import static io.prestosql.history.PastQueryFixture.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestPastQueryPosition
{
    @Test
    public void testCursor()
    {
        PastQueryPosition position = new PastQueryPosition(TIME, "20261201_070000_00000_abcde");
        assertThat(position.toCursor()).matches("[A-Za-z0-9_-]+");
        assertThat(PastQueryPosition.parseCursor(position.toCursor())).isEqualTo(position);
    }

    @Test
    public void testNoCursor()
    {
        for (String nonsense : List.of("", "!", "abc", "MjAyNg", "eCB5")) {
            assertThatThrownBy(() -> PastQueryPosition.parseCursor(nonsense)).as(nonsense).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    public void testOrder()
    {
        assertThat(new PastQueryPosition(TIME, "b")).isGreaterThan(new PastQueryPosition(TIME, "a"));
        assertThat(new PastQueryPosition(TIME, "b")).isLessThan(new PastQueryPosition(TIME.plusMillis(1), "a"));
    }
}
