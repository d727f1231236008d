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
package io.prestosql.querylog;

import io.prestosql.testing.TestingTier;

import java.time.Duration;
import java.util.Set;

/**
 * Checks that the tests accept a correct store.
 */
public class TestReferenceQueryLog
        extends AbstractTestQueryLog
{
    @Override
    protected QueryLogFixture createFixture()
    {
        return new ReferenceQueryLogStore(3, Duration.ofSeconds(30), Set.of());
    }

    @Override
    protected int randomHistories()
    {
        return TestingTier.rounds(10, 50);
    }
}
