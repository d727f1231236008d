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

import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogMember;

import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

import static java.util.Objects.requireNonNull;

/**
 * Adds encryption to the members of another store.
 */
final class EncryptedQueryLogFixture
        implements QueryLogFixture
{
    private final QueryLogFixture delegate;
    private final QueryLogKeys keys;
    private final Map<QueryLog, QueryLog> delegates = new IdentityHashMap<>();

    EncryptedQueryLogFixture(QueryLogFixture delegate, QueryLogKeys keys)
    {
        this.delegate = requireNonNull(delegate, "delegate is null");
        this.keys = requireNonNull(keys, "keys is null");
    }

    @Override
    public List<QueryLogMember> members()
    {
        return delegate.members();
    }

    @Override
    public QueryLog open(QueryLogMember member)
    {
        QueryLog log = delegate.open(member);
        QueryLog encrypted = new EncryptedQueryLog(log, keys);
        delegates.put(encrypted, log);
        return encrypted;
    }

    @Override
    public void allowForBusyMachine()
    {
        delegate.allowForBusyMachine();
    }

    @Override
    public void kill(QueryLog log)
    {
        delegate.kill(delegates.get(log));
    }

    @Override
    public boolean canPause()
    {
        return delegate.canPause();
    }

    @Override
    public void pause(QueryLog log)
    {
        delegate.pause(delegates.get(log));
    }

    @Override
    public void resume(QueryLog log)
    {
        delegate.resume(delegates.get(log));
    }

    @Override
    public boolean canStopStore()
    {
        return delegate.canStopStore();
    }

    @Override
    public void stopStore()
    {
        delegate.stopStore();
    }

    @Override
    public void startStore()
    {
        delegate.startStore();
    }

    @Override
    public Duration electionTimeout()
    {
        return delegate.electionTimeout();
    }

    @Override
    public Duration replacementTimeout()
    {
        return delegate.replacementTimeout();
    }

    @Override
    public Duration appendTimeout()
    {
        return delegate.appendTimeout();
    }

    @Override
    public void close()
            throws Exception
    {
        delegate.close();
    }
}
