package io.prestosql.coordinator;

/**
 * A dispatcher gave an order in an epoch that is over.
 */
public class DeposedLeaderException
        extends RuntimeException
{
    public DeposedLeaderException(long epoch, long highestEpoch)
    {
        super("The leader of epoch %s has been deposed: epoch %s is known".formatted(epoch, highestEpoch));
    }
}
