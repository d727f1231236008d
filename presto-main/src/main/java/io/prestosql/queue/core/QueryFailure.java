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
package io.prestosql.queue.core;

import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.FailureBound;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.ErrorCode;
import io.trino.spi.ErrorCodeSupplier;
import io.trino.spi.TrinoException;

import java.util.Optional;

import static com.google.common.base.MoreObjects.firstNonNull;
import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.trino.spi.StandardErrorCode.GENERIC_INTERNAL_ERROR;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;

/**
 * The reason why a query ends, or is to end, without a result, within {@link FailureBound#DEFAULT}.
 *
 * @param detail the failure that the client is shown; empty when there is nothing but the error code and the message
 */
public record QueryFailure(ErrorCode errorCode, String message, Optional<ExecutionFailureInfo> detail)
{
    public QueryFailure
    {
        requireNonNull(errorCode, "errorCode is null");
        message = FailureBound.DEFAULT.apply(requireNonNull(message, "message is null"));
        detail = detail.map(FailureBound.DEFAULT::apply);
    }

    public QueryFailure(ErrorCodeSupplier errorCode, String message)
    {
        this(errorCode.toErrorCode(), message, Optional.empty());
    }

    public static QueryFailure of(ExecutionFailureInfo failure)
    {
        return new QueryFailure(
                firstNonNull(failure.getErrorCode(), GENERIC_INTERNAL_ERROR.toErrorCode()),
                firstNonNull(failure.getMessage(), ""),
                Optional.of(failure));
    }

    public static QueryFailure of(Throwable failure)
    {
        return of(toFailure(failure));
    }

    /**
     * Returns the failure of a query that is over, but whose client has not got all of the result and no longer can.
     *
     * @param coordinator the coordinator that had the result
     */
    public static QueryFailure resultLost(QualifiedNodeId coordinator)
    {
        return new QueryFailure(COORDINATOR_LOST, "Coordinator %s, which ran the query, is lost: it died before all of the result was read".formatted(coordinator));
    }

    /**
     * Returns the failure that the client is shown.
     */
    public ExecutionFailureInfo toExecutionFailure()
    {
        return detail.orElseGet(() -> toFailure(new TrinoException(() -> errorCode, message)));
    }

    @Override
    public String toString()
    {
        // for logs
        return "%s: %.1000s".formatted(errorCode.getName(), message);
    }
}
