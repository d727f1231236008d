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

import io.airlift.units.Duration;
import io.trino.spi.connector.CatalogHandle;
import org.junit.jupiter.api.Test;

import java.util.Set;

import static io.prestosql.catalog.TestCatalogPruning.handle;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestRecentCatalogs
{
    private static final CatalogHandle A = handle("a");
    private static final CatalogHandle B = handle("b");

    @Test
    public void testRetention()
    {
        RecentCatalogs catalogs = new RecentCatalogs(new Duration(10, SECONDS));
        long start = Long.MAX_VALUE - SECONDS.toNanos(5);
        assertThat(catalogs.see(Set.of(A, B), start)).containsExactlyInAnyOrder(A, B);
        assertThat(catalogs.see(Set.of(B), start + SECONDS.toNanos(10))).as("a clock may overflow").containsExactlyInAnyOrder(A, B);
        assertThat(catalogs.see(Set.of(B), start + SECONDS.toNanos(10) + 1)).containsExactly(B);
        assertThat(catalogs.see(Set.of(), start + SECONDS.toNanos(21))).isEmpty();
    }
}
