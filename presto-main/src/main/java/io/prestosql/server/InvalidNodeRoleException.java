package io.prestosql.server;

/**
 * The configuration does not say clearly which roles this process has. The message names the property, the file and the fix.
 */
public class InvalidNodeRoleException
        extends RuntimeException
{
    public InvalidNodeRoleException(String message)
    {
        super(message);
    }
}
