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

/**
 * The errors that only a cluster with dispatchers has. Neither the engine nor its connectors use this range of codes.
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
