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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.trino.server.security.oauth2.OAuth2TokenHandler;

import static java.util.Objects.requireNonNull;

/**
 * Gives clients that log in with OAuth2 their tokens, at any dispatcher. The dispatcher that the browser has come back to tells the others as
 * soon as it has the token. A dispatcher that has missed this asks the others when a client polls.
 */
public class SharedTokenExchange
        implements OAuth2TokenHandler
{
    private final PendingLogins logins;
    private final LoginPeers peers;

    @Inject
    public SharedTokenExchange(PendingLogins logins, LoginPeers peers)
    {
        this.logins = requireNonNull(logins, "logins is null");
        this.peers = requireNonNull(peers, "peers is null");
    }

    @Override
    public void setAccessToken(String authIdHash, String accessToken)
    {
        end(authIdHash, TokenOutcome.token(accessToken));
    }

    @Override
    public void setTokenExchangeError(String authIdHash, String message)
    {
        end(authIdHash, TokenOutcome.error(message));
    }

    private void end(String authIdHash, TokenOutcome outcome)
    {
        logins.end(authIdHash, outcome);
        peers.tell(authIdHash, outcome);
    }

    /**
     * Returns the outcome, once it is there. A caller that does not wait any longer cancels the future.
     */
    public ListenableFuture<TokenOutcome> poll(String authIdHash)
    {
        ListenableFuture<TokenOutcome> poll = logins.poll(authIdHash);
        if (!poll.isDone()) {
            peers.ask(authIdHash, outcome -> logins.end(authIdHash, outcome));
        }
        return poll;
    }

    public void drop(String authIdHash)
    {
        logins.drop(authIdHash);
        peers.drop(authIdHash);
    }
}
