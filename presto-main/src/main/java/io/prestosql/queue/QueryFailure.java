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
package io.prestosql.queue;

import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.ErrorCode;
import io.trino.spi.ErrorCodeSupplier;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Why a query ends, or is to end, without a result.
 *
 * @param detail what the client is shown, when somebody has said more than this
 */
public record QueryFailure(ErrorCode errorCode, String message, Optional<ExecutionFailureInfo> detail)
{
    public QueryFailure
    {
        requireNonNull(errorCode, "errorCode is null");
        requireNonNull(message, "message is null");
        requireNonNull(detail, "detail is null");
    }

    public QueryFailure(ErrorCodeSupplier errorCode, String message)
    {
        this(errorCode.toErrorCode(), message, Optional.empty());
    }

    @Override
    public String toString()
    {
        return errorCode.getName() + ": " + message;
    }
}
