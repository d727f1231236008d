package io.prestosql.cluster;

/**
 * A coordinator has answered a call, but not with what was asked for.
 */
public class CoordinatorCallException
        extends RuntimeException
{
    private final int status;

    /**
     * @param status the HTTP status
     */
    public CoordinatorCallException(int status, String message)
    {
        super("Coordinator answered with status %s: %s".formatted(status, message));
        this.status = status;
    }

    public int getStatus()
    {
        return status;
    }
}
