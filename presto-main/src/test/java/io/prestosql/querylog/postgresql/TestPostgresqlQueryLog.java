package io.prestosql.querylog.postgresql;

import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.querylog.AbstractTestQueryLog;
import io.prestosql.querylog.QueryLogFixture;

public class TestPostgresqlQueryLog
        extends AbstractTestQueryLog
{
    @Override
    protected QueryLogFixture createFixture()
    {
        return new PostgresqlQueryLogFixture(TestingPostgresql.shared());
    }
}
