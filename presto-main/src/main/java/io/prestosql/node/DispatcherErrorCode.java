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
package io.prestosql.node;

import io.trino.spi.ErrorCode;
import io.trino.spi.ErrorCodeSupplier;
import io.trino.spi.ErrorType;

import static io.trino.spi.ErrorType.EXTERNAL;
import static io.trino.spi.ErrorType.INSUFFICIENT_RESOURCES;
import static io.trino.spi.ErrorType.INTERNAL_ERROR;
import static io.trino.spi.ErrorType.USER_ERROR;

/**
 * The errors that only a cluster with dispatchers has. Neither the engine nor its connectors use this range of codes.
 */
public enum DispatcherErrorCode
        implements ErrorCodeSupplier
{
    /** The coordinator that ran the query is dead. The query may have had effects. */
    COORDINATOR_LOST(0, EXTERNAL),
    /** The clusters that the query may go to take no queries, and its rule says that it does not wait for them. */
    NO_CLUSTER_AVAILABLE(1, INSUFFICIENT_RESOURCES),
    /** The query has waited for its clusters as long as its rule allows. */
    CLUSTER_WAIT_LIMIT_EXCEEDED(2, INSUFFICIENT_RESOURCES),
    /** The query asks for clusters that are not there. */
    INVALID_CLUSTER_SELECTION(3, USER_ERROR),
    /** The policy for the selection of clusters has failed. */
    CLUSTER_SELECTION_FAILED(4, INTERNAL_ERROR);

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
