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
package io.prestosql.queue;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

public class TestLastingRecordKeys
{
    private static final long EPOCH = 3;

    private final LastingRecordKeys keys = new LastingRecordKeys();

    @Test
    public void testEnd()
    {
        keys.elected(EPOCH, List.of("one", "two"));
        keys.beginWrite(EPOCH, "two");
        keys.beginWrite(EPOCH, "three");
        assertThat(keys.size()).isEqualTo(3);
        Runnable ended = keys.beginEnd("two");
        assertThat(keys.size()).isEqualTo(3);
        ended.run();
        assertThat(keys.size()).isEqualTo(2);
        keys.beginEnd("unknown").run();
        assertThat(keys.size()).isEqualTo(2);
    }

    @Test
    public void testWriteAfterEnd()
    {
        keys.elected(EPOCH, List.of());
        keys.beginWrite(EPOCH, "one");
        Runnable ended = keys.beginEnd("one");
        keys.beginWrite(EPOCH, "one");
        ended.run();
        assertThat(keys.size()).isEqualTo(1);
    }

    @Test
    public void testElectionAfterEnd()
    {
        keys.elected(EPOCH, List.of("one"));
        Runnable ended = keys.beginEnd("one");
        keys.elected(EPOCH + 1, List.of("one"));
        ended.run();
        assertThat(keys.size()).isEqualTo(1);
        keys.elected(EPOCH + 2, List.of());
        assertThat(keys.size()).isZero();
    }

    /**
     * Such a write never reaches the log.
     */
    @Test
    public void testWriteOfOtherEpoch()
    {
        keys.elected(EPOCH, List.of());
        keys.elected(EPOCH + 1, List.of());
        keys.beginWrite(EPOCH, "one");
        keys.beginWrite(EPOCH + 2, "two");
        assertThat(keys.size()).isZero();
    }
}
