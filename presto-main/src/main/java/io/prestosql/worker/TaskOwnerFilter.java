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
package io.prestosql.worker;

import com.google.inject.Inject;
import io.prestosql.protocol.TaskOwner;
import io.prestosql.worker.OwnerWatch.Reception;
import io.trino.execution.TaskId;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;

import java.util.Optional;

import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN;
import static java.util.Objects.requireNonNull;

/**
 * Tracks which coordinator a task belongs to, and keeps two coordinators from using the same task. Requests that do not name a coordinator
 * come from other workers, which fetch the output of tasks.
 */
public class TaskOwnerFilter
        implements ContainerRequestFilter
{
    private final LeftoverTasks leftoverTasks;
    private final LeftBehindTask leftBehind;

    @Inject
    public TaskOwnerFilter(LeftoverTasks leftoverTasks, LeftBehindTask leftBehind)
    {
        this.leftoverTasks = requireNonNull(leftoverTasks, "leftoverTasks is null");
        this.leftBehind = requireNonNull(leftBehind, "leftBehind is null");
    }

    @Override
    public void filter(ContainerRequestContext request)
    {
        Optional<TaskOwner> owner = Optional.ofNullable(request.getHeaderString(TaskOwner.HEADER)).flatMap(TaskOwner::fromHeader);
        if (owner.isEmpty()) {
            return;
        }
        String taskId = request.getUriInfo().getPathParameters().getFirst("taskId");
        Optional<TaskId> task = Optional.ofNullable(taskId).flatMap(TaskOwnerFilter::parse);
        if (task.isEmpty()) {
            // the resource reports the error
            leftoverTasks.heard(owner.get());
            return;
        }
        switch (receive(request, owner.get(), task.get())) {
            case TAKEN, TAKEN_OVER -> {}
            // coordinators repeat the request
            case CONTENDED -> refuse(request, Status.SERVICE_UNAVAILABLE, "Query %s belongs to another coordinator, of which it is not known whether it is gone".formatted(task.get().getQueryId()));
            case FORMER_OWNER -> refuse(request, Status.GONE, "Query %s belongs to another coordinator".formatted(task.get().getQueryId()));
            case LEFT_BEHIND -> request.abortWith(Response
                    .ok(request.getUriInfo().getPath().endsWith("/status") ? leftBehind.status(task.get()) : leftBehind.info(task.get()), APPLICATION_JSON)
                    .build());
        }
    }

    private static Optional<TaskId> parse(String taskId)
    {
        try {
            TaskId task = TaskId.valueOf(taskId);
            // validates the whole id
            task.getQueryId();
            return Optional.of(task);
        }
        catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private Reception receive(ContainerRequestContext request, TaskOwner owner, TaskId task)
    {
        String path = request.getUriInfo().getPath();
        if (request.getMethod().equals(HttpMethod.GET)) {
            // dynamic filters are requested only after the task's state
            if (path.endsWith("/dynamicfilters")) {
                leftoverTasks.heard(owner);
                return Reception.TAKEN;
            }
            return leftoverTasks.asked(owner, task);
        }
        if (request.getMethod().equals(HttpMethod.DELETE) || path.endsWith("/fail")) {
            return leftoverTasks.ended(owner, task);
        }
        return leftoverTasks.changed(owner, task);
    }

    private static void refuse(ContainerRequestContext request, Status status, String message)
    {
        request.abortWith(Response.status(status)
                .type(TEXT_PLAIN)
                .entity(message)
                .build());
    }
}
