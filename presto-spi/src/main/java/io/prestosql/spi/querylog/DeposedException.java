package io.prestosql.spi.querylog;

/**
 * The caller is not the leader any more: its record was not, and will not be, appended.
 */
public class DeposedException
        extends RuntimeException
{
    public DeposedException(long epoch)
    {
        super("Leader of epoch %s has been deposed".formatted(epoch));
    }
}
