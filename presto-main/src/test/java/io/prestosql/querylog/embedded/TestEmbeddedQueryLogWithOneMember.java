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
package io.prestosql.querylog.embedded;

import io.prestosql.querylog.AbstractTestQueryLog;
import io.prestosql.querylog.QueryLogFixture;

import java.io.IOException;

/**
 * Tests a single dispatcher, which is the default.
 */
public class TestEmbeddedQueryLogWithOneMember
        extends AbstractTestQueryLog
{
    @Override
    protected QueryLogFixture createFixture()
            throws IOException
    {
        return new EmbeddedQueryLogFixture(1);
    }

    @Override
    protected boolean hasIdentity()
    {
        return true;
    }
}
