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
package io.prestosql.login;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.Request;
import io.airlift.json.JsonCodec;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.operations.KnownDispatchers;
import io.prestosql.queries.ForView;
import io.prestosql.queries.ViewConfig;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.FirstSuccess;
import io.prestosql.rpc.JsonCaller;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Function;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareDelete;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;

/**
 * Tells the other dispatchers how log-ins have ended, and asks them, through their {@link LoginPeerResource}.
 */
public class LoginPeers
{
    private static final Logger log = Logger.get(LoginPeers.class);

    /** How many polls at a time make this node ask the others: polls need no authentication. The rest wait until they are told. */
    private static final int MAX_QUESTIONS = 100;

    private final KnownDispatchers dispatchers;
    private final JsonCaller caller;
    private final Duration timeout;
    private final JsonCodec<TokenOutcome> codec;
    private final Semaphore questions = new Semaphore(MAX_QUESTIONS);

    @Inject
    public LoginPeers(
            KnownDispatchers dispatchers,
            @ForView HttpClient httpClient,
            @ForView ScheduledExecutorService executor,
            ViewConfig config,
            JsonCodec<TokenOutcome> codec)
    {
        this.dispatchers = requireNonNull(dispatchers, "dispatchers is null");
        // the body of an answer may have a token in it
        this.caller = new JsonCaller(httpClient, executor, (status, _) -> new CoordinatorCallException(status, ""));
        this.timeout = config.getTimeout();
        this.codec = requireNonNull(codec, "codec is null");
    }

    /**
     * Tells the others the outcome of a log-in. Returns as soon as one of them knows it, so that it outlives this process, or after a moment
     * when none answers.
     */
    public void tell(String authIdHash, TokenOutcome outcome)
    {
        List<ListenableFuture<Void>> calls = callAll(dispatcher -> caller.call(withBody(request(preparePut(), dispatcher, authIdHash), codec, outcome), timeout));
        if (calls.isEmpty()) {
            return;
        }
        try {
            FirstSuccess.of(calls, _ -> 0).get();
        }
        catch (ExecutionException e) {
            log.debug(e, "No other dispatcher takes the outcome of a log-in");
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Asks the others for the outcome of a log-in, and hands over each that they know.
     */
    public void ask(String authIdHash, Consumer<TokenOutcome> known)
    {
        if (!questions.tryAcquire()) {
            return;
        }
        List<ListenableFuture<Optional<TokenOutcome>>> calls = callAll(dispatcher -> caller.find(request(prepareGet(), dispatcher, authIdHash).build(), codec, timeout));
        for (ListenableFuture<Optional<TokenOutcome>> call : calls) {
            Futures.addCallback(call, new FutureCallback<>()
            {
                @Override
                public void onSuccess(Optional<TokenOutcome> outcome)
                {
                    outcome.ifPresent(known);
                }

                @Override
                public void onFailure(Throwable failure)
                {
                    log.debug(failure, "A dispatcher does not say what it knows of a log-in");
                }
            }, directExecutor());
        }
        Futures.successfulAsList(calls).addListener(questions::release, directExecutor());
    }

    public void drop(String authIdHash)
    {
        callAll(dispatcher -> caller.call(request(prepareDelete(), dispatcher, authIdHash).build(), timeout));
    }

    private <T> List<ListenableFuture<T>> callAll(Function<URI, ListenableFuture<T>> call)
    {
        return dispatchers.others().values().stream()
                .map(call)
                .collect(toImmutableList());
    }

    private static Request.Builder request(Request.Builder request, URI dispatcher, String authIdHash)
    {
        return request.setUri(uriBuilderFrom(dispatcher).appendPath("/v1/dispatcher/login").appendPath(authIdHash).build());
    }
}
