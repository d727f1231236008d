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
package io.prestosql.catalog;

import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import io.prestosql.catalog.CatalogView.CatalogChange;
import io.prestosql.catalog.CatalogView.Loaded;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.prestosql.catalog.AbstractTestSharedCatalogs.catalog;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestCatalogView
{
    private static final CatalogName A = new CatalogName("a");
    private static final CatalogName B = new CatalogName("b");
    private static final CatalogProperties FIRST_A = catalog("a", ImmutableMap.of("x", "1"));
    private static final CatalogProperties SECOND_A = catalog("a", ImmutableMap.of("x", "2"));
    private static final CatalogProperties FIRST_B = catalog("b", ImmutableMap.of("x", "1"));

    private final CatalogView view = new CatalogView(new Duration(5, SECONDS), new Duration(15, SECONDS));

    @Test
    public void testNothingToDo()
    {
        assertThat(view.changes(Map.of(), snapshot(), 0)).isEmpty();
        assertThat(view.changes(Map.of(A, loaded(FIRST_A)), snapshot(FIRST_A), 0)).isEmpty();
    }

    @Test
    public void testCreatedElsewhere()
    {
        assertThat(view.changes(Map.of(), snapshot(FIRST_B, FIRST_A), 0)).containsExactly(
                new CatalogChange(A, false, Optional.of(FIRST_A)),
                new CatalogChange(B, false, Optional.of(FIRST_B)));
    }

    @Test
    public void testDroppedElsewhere()
    {
        assertThat(view.changes(Map.of(A, loaded(FIRST_A), B, loaded(FIRST_B)), snapshot(FIRST_B), 0)).containsExactly(
                new CatalogChange(A, true, Optional.empty()));
    }

    @Test
    public void testDroppedAndCreatedAgainElsewhere()
    {
        assertThat(view.changes(Map.of(A, loaded(FIRST_A)), snapshot(SECOND_A), 0)).containsExactly(
                new CatalogChange(A, true, Optional.of(SECOND_A)));
    }

    @Test
    public void testUnreadableIsLeftAsItIs()
    {
        CatalogSnapshot snapshot = new CatalogSnapshot("store", Map.of(), Map.of(A, "reason", B, "reason"));
        assertThat(view.changes(Map.of(A, loaded(FIRST_A)), snapshot, 0)).isEmpty();
    }

    @Test
    public void testFailedAtTheStart()
    {
        assertThat(view.changes(Map.of(A, new Loaded(FIRST_A.catalogHandle(), true)), snapshot(FIRST_A), 0)).containsExactly(
                new CatalogChange(A, true, Optional.of(FIRST_A)));
    }

    @Test
    public void testRetries()
    {
        long now = SECONDS.toNanos(100);
        assertThat(view.failed(FIRST_A, now).toMillis()).isEqualTo(5_000);
        assertThat(view.getFailed(A)).contains(FIRST_A);
        assertThat(view.changes(Map.of(), snapshot(FIRST_A, FIRST_B), now)).containsExactly(new CatalogChange(B, false, Optional.of(FIRST_B)));
        assertThat(view.changes(Map.of(), snapshot(FIRST_A), now + SECONDS.toNanos(5) - 1)).isEmpty();
        now += SECONDS.toNanos(5);
        assertThat(view.changes(Map.of(), snapshot(FIRST_A), now)).hasSize(1);

        assertThat(view.failed(FIRST_A, now).toMillis()).isEqualTo(10_000);
        assertThat(view.failed(FIRST_A, now).toMillis()).isEqualTo(15_000);
        for (int i = 0; i < 100; i++) {
            assertThat(view.failed(FIRST_A, now).toMillis()).isEqualTo(15_000);
        }
    }

    @Test
    public void testFailureIsForgottenWhenCatalogIsLoadedDroppedOrReplaced()
    {
        view.failed(FIRST_A, 0);
        assertThat(view.changes(Map.of(A, loaded(FIRST_A)), snapshot(FIRST_A), 0)).isEmpty();
        assertThat(view.getFailed(A)).as("loaded").isEmpty();

        view.failed(FIRST_A, 0);
        assertThat(view.changes(Map.of(), snapshot(), 0)).isEmpty();
        assertThat(view.getFailed(A)).as("dropped").isEmpty();

        view.failed(FIRST_A, 0);
        assertThat(view.changes(Map.of(), snapshot(SECOND_A), 0)).as("another one is tried at once").containsExactly(
                new CatalogChange(A, false, Optional.of(SECOND_A)));
        assertThat(view.failed(SECOND_A, 0).toMillis()).isEqualTo(5_000);
    }

    private static Loaded loaded(CatalogProperties catalog)
    {
        return new Loaded(catalog.catalogHandle(), false);
    }

    private static CatalogSnapshot snapshot(CatalogProperties... catalogs)
    {
        return new CatalogSnapshot(
                "store",
                Stream.of(catalogs).collect(toImmutableMap(catalog -> catalog.catalogHandle().getCatalogName(), catalog -> catalog)),
                Map.of());
    }
}
