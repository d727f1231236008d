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
package io.prestosql.coordinator;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import jakarta.ws.rs.core.Response.StatusType;
import jakarta.ws.rs.ext.ExceptionMapper;

import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN;

/**
 * Tells a dispatcher that its call was refused: status 412 when the dispatcher is deposed, 410 when this process has run the query before,
 * otherwise 409.
 */
public class OrderRefusedExceptionMapper
        implements ExceptionMapper<OrderRefusedException>
{
    @Override
    public Response toResponse(OrderRefusedException exception)
    {
        StatusType status = switch (exception.reason()) {
            case DEPOSED -> Status.PRECONDITION_FAILED;
            case REPETITION -> Status.GONE;
            case OTHER -> Status.CONFLICT;
        };
        return Response.status(status)
                .type(TEXT_PLAIN)
                .entity(exception.getMessage())
                .build();
    }
}
