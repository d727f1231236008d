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
package io.prestosql.dispatcher.statement;

import io.prestosql.node.CoordinatorLink;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.util.Callback;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

import static java.util.Objects.requireNonNull;

/**
 * One request of a client that is passed on to a coordinator: where it goes, and who is at fault if it fails.
 * <p>
 * A client's hang-up shows in one of several ways: the request's listeners are told, a write fails at once or later, or nothing is written
 * until the timeout.
 */
final class ProxyExchange
{
    private final CoordinatorLink coordinator;
    private final String target;
    private final Predicate<String> passedHeaders;
    private final AtomicBoolean ended = new AtomicBoolean();
    /** The callback of a write that the client has not taken yet. */
    private final AtomicReference<Callback> unfinishedWrite = new AtomicReference<>();
    private volatile boolean clientGone;
    private volatile Optional<CoordinatorErrorPage> errorPage = Optional.empty();

    ProxyExchange(CoordinatorLink coordinator, String path, Predicate<String> passedHeaders)
    {
        this.coordinator = requireNonNull(coordinator, "coordinator is null");
        this.target = coordinator.uri().resolve(path).toString();
        this.passedHeaders = requireNonNull(passedHeaders, "passedHeaders is null");
    }

    CoordinatorLink coordinator()
    {
        return coordinator;
    }

    String target()
    {
        return target;
    }

    boolean passes(String headerName)
    {
        return passedHeaders.test(headerName);
    }

    void holdErrorPage()
    {
        errorPage = Optional.of(new CoordinatorErrorPage());
    }

    Optional<CoordinatorErrorPage> errorPage()
    {
        return errorPage;
    }

    /**
     * @param callback completed when the client has taken the bytes
     * @return the callback to complete instead
     */
    Callback writing(Callback callback)
    {
        unfinishedWrite.set(callback);
        return Callback.from(
                () -> {
                    if (unfinishedWrite.compareAndSet(callback, null)) {
                        callback.succeeded();
                    }
                },
                this::clientFailed);
    }

    void clientFailed(Throwable failure)
    {
        clientGone = true;
        Callback write = unfinishedWrite.getAndSet(null);
        if (write != null) {
            write.failed(failure);
        }
    }

    boolean isClientGone()
    {
        return clientGone;
    }

    /**
     * Returns whether the client has gone, or has taken nothing for so long that the coordinator's connection was silent, too.
     */
    boolean isClientsFault(Throwable failure)
    {
        return clientGone || (failure instanceof TimeoutException && unfinishedWrite.get() != null);
    }

    /**
     * @return false when the exchange had ended before
     */
    boolean end()
    {
        return ended.compareAndSet(false, true);
    }

    /**
     * @param proxyRequest the request to abort when the client's request ends first
     */
    AsyncListener clientListener(Request proxyRequest)
    {
        return new AsyncListener()
        {
            @Override
            public void onComplete(AsyncEvent event)
            {
                if (!ended.get()) {
                    giveUp(new IOException("The client's request is over"));
                }
            }

            @Override
            public void onTimeout(AsyncEvent event) {}

            @Override
            public void onError(AsyncEvent event)
            {
                giveUp(event.getThrowable());
            }

            @Override
            public void onStartAsync(AsyncEvent event) {}

            private void giveUp(Throwable failure)
            {
                clientFailed(failure);
                proxyRequest.abort(failure);
            }
        };
    }
}
