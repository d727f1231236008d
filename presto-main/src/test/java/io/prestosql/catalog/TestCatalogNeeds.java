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

import io.trino.spi.connector.CatalogHandle;
import org.junit.jupiter.api.Test;

import java.util.Set;

import static io.prestosql.catalog.TestCatalogPruning.handle;
import static org.assertj.core.api.Assertions.assertThat;

public class TestCatalogNeeds
{
    private static final CatalogHandle A = handle("a");
    private static final CatalogHandle B = handle("b");

    private final CatalogNeeds needs = new CatalogNeeds();

    @Test
    public void testNeededSince()
    {
        needs.needed(Set.of(A));
        long first = needs.mark();
        assertThat(needs.neededSince(first)).as("before the mark").isEmpty();
        needs.needed(Set.of(B));
        assertThat(needs.neededSince(first)).containsExactly(B);

        long second = needs.mark();
        assertThat(second).isGreaterThan(first);
        assertThat(needs.neededSince(second)).isEmpty();
        needs.needed(Set.of(A));
        assertThat(needs.neededSince(second)).containsExactly(A);
        assertThat(needs.neededSince(first)).as("marks of several coordinators").containsExactlyInAnyOrder(A, B);
    }

    @Test
    public void testNeededAgain()
    {
        needs.needed(Set.of(A));
        needs.mark();
        long mark = needs.mark();
        needs.needed(Set.of(A));
        assertThat(needs.neededSince(mark)).containsExactly(A);
    }

    @Test
    public void testRetain()
    {
        long mark = needs.mark();
        needs.needed(Set.of(A, B));
        needs.retain(Set.of(B));
        assertThat(needs.neededSince(mark)).containsExactly(B);
    }
}
