package io.prestosql.dispatcher;

import io.trino.spi.ErrorCode;
import io.trino.spi.ErrorCodeSupplier;
import io.trino.spi.ErrorType;

import static io.trino.spi.ErrorType.EXTERNAL;

/**
 * The errors that only a cluster with dispatchers has. The range is none of the engine's nor of its connectors'.
 */
public enum DispatcherErrorCode
        implements ErrorCodeSupplier
{
    /** The coordinator that ran the query is dead. The query may have had effects. */
    COORDINATOR_LOST(0, EXTERNAL);

    private static final int BASE = 0x0790_0000;

    private final ErrorCode errorCode;

    DispatcherErrorCode(int code, ErrorType type)
    {
        errorCode = new ErrorCode(code + BASE, name(), type, false);
    }

    @Override
    public ErrorCode toErrorCode()
    {
        return errorCode;
    }
}
