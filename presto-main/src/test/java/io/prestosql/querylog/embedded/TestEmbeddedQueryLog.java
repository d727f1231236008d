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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;

/**
 * Tests three dispatchers that keep the log together.
 */
public class TestEmbeddedQueryLog
        extends AbstractTestQueryLog
{
    @Override
    protected QueryLogFixture createFixture()
            throws IOException
    {
        return new EmbeddedQueryLogFixture(3);
    }

    @Override
    protected boolean hasIdentity()
    {
        return true;
    }

    /**
     * Not part of the build: unlike a killed process, a member that is killed in this process may keep the lock of its folder.
     */
    @Override
    @Test
    @Tag("long")
    public void testRandomHistory()
            throws Exception
    {
        super.testRandomHistory();
    }
}
