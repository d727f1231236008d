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
package io.prestosql.selection;

import io.airlift.testing.TestingTicker;
import io.prestosql.spi.selection.ClusterSelectionException;
import org.junit.jupiter.api.Test;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestSelectionMetrics
{
    private final TestingTicker ticker = new TestingTicker();
    private final SelectionMetrics metrics = new SelectionMetrics(ticker);

    @Test
    public void testCallsAndTimes()
    {
        assertThat(metrics.<String>inspection(() -> after(30, "facts"))).isEqualTo("facts");
        assertThat(metrics.<String>selection(() -> after(50, "a"))).isEqualTo("a");
        metrics.<String>selection(() -> after(20, "b"));
        assertThat(metrics.getInspections()).isEqualTo(1);
        assertThat(metrics.getInspectionMillis()).isEqualTo(30);
        assertThat(metrics.getSelections()).isEqualTo(2);
        assertThat(metrics.getSelectionMillis()).isEqualTo(70);
        assertThat(metrics.getSlowestCallMillis()).isEqualTo(50);
        assertThat(metrics.getFailedCalls()).isZero();
    }

    @Test
    public void testFailures()
    {
        assertThatThrownBy(() -> metrics.selection(() -> {
            throw new ClusterSelectionException("refused");
        })).isInstanceOf(ClusterSelectionException.class);
        assertThat(metrics.getFailedCalls()).isZero();
        assertThatThrownBy(() -> metrics.selection(() -> {
            ticker.increment(7, MILLISECONDS);
            throw new IllegalStateException("on purpose");
        })).hasMessage("on purpose");
        assertThatThrownBy(() -> metrics.inspection(() -> {
            throw new StackOverflowError("on purpose");
        })).isInstanceOf(StackOverflowError.class);
        assertThat(metrics.getFailedCalls()).isEqualTo(2);
        assertThat(metrics.getSelections()).isEqualTo(2);
        assertThat(metrics.getSelectionMillis()).isEqualTo(7);
        assertThat(metrics.getInspections()).isEqualTo(1);
    }

    private <T> T after(long millis, T value)
    {
        ticker.increment(millis, MILLISECONDS);
        return value;
    }
}
