package io.prestosql.spi.querylog;

/**
 * The log's store did not answer in time, or there is no leader. The caller may try again later.
 */
public class QueryLogUnavailableException
        extends RuntimeException
{
    public QueryLogUnavailableException(String message)
    {
        super(message);
    }

    public QueryLogUnavailableException(String message, Throwable cause)
    {
        super(message, cause);
    }
}
