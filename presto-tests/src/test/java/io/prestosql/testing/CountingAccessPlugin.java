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
package io.prestosql.testing;

import com.google.common.collect.ConcurrentHashMultiset;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Multiset;
import io.trino.plugin.base.security.AllowAllSystemAccessControl;
import io.trino.spi.Plugin;
import io.trino.spi.QueryId;
import io.trino.spi.security.Identity;
import io.trino.spi.security.SystemAccessControl;
import io.trino.spi.security.SystemAccessControlFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;

/**
 * An access control that allows everything. It counts, over all nodes with the plugin, how often it is asked whether a query may run. On
 * nodes that are configured as slow, it answers sessions of {@link #SLOW_USER} only when the test lets it.
 */
public final class CountingAccessPlugin
        implements Plugin
{
    public static final String SLOW_USER = "slow";

    private static final String NAME = "counting";
    private static final String SLOW = "slow";

    private final Multiset<String> executions = ConcurrentHashMultiset.create();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answer = new CountDownLatch(1);

    /**
     * Returns the value of {@code access-control.config-files}.
     *
     * @param directory the test's folder
     */
    public static String configuration(Path directory, boolean slow)
    {
        try {
            return Files.writeString(directory.resolve("access-control-%s.properties".formatted(slow)), "access-control.name=%s\n%s=%s\n".formatted(NAME, SLOW, slow)).toString();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns how often the plugin was asked whether the query may run.
     */
    public int getExecutions(String queryId)
    {
        return executions.count(queryId);
    }

    /**
     * Returns whether the session of the slow user waits for an answer, or has waited.
     */
    public boolean isAsked()
    {
        return asked.getCount() == 0;
    }

    public void answer()
    {
        answer.countDown();
    }

    @Override
    public Iterable<SystemAccessControlFactory> getSystemAccessControlFactories()
    {
        return ImmutableList.of(new SystemAccessControlFactory()
        {
            @Override
            public String getName()
            {
                return NAME;
            }

            @Override
            public SystemAccessControl create(Map<String, String> config, SystemAccessControlContext context)
            {
                return new CountingAccessControl(Boolean.parseBoolean(config.get(SLOW)));
            }
        });
    }

    private class CountingAccessControl
            extends AllowAllSystemAccessControl
    {
        private final boolean slow;

        private CountingAccessControl(boolean slow)
        {
            this.slow = slow;
        }

        @Override
        public void checkCanExecuteQuery(Identity identity, QueryId queryId)
        {
            executions.add(queryId.toString());
        }

        @Override
        public void checkCanSetUser(Optional<Principal> principal, String userName)
        {
            if (slow && userName.equals(SLOW_USER)) {
                asked.countDown();
                awaitUninterruptibly(answer);
            }
        }
    }
}
