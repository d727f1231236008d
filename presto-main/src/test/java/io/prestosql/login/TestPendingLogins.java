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
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicLong;

import static com.google.common.util.concurrent.Futures.getDone;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.login.PendingLogins.DROPPED;
import static io.prestosql.login.PendingLogins.MAX_ENTRIES;
import static io.prestosql.login.PendingLogins.TIMED_OUT;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

public class TestPendingLogins
{
    private static final TokenOutcome TOKEN = TokenOutcome.token("the token");

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - MINUTES.toNanos(1));
    private final PendingLogins logins = new PendingLogins(new Duration(15, MINUTES), clock::get);

    @Test
    public void testTokenComesBeforeThePoll()
            throws Exception
    {
        logins.end("a", TOKEN);
        assertThat(getDone(logins.poll("a"))).isEqualTo(TOKEN);
        assertThat(logins.find("a")).contains(TOKEN);
        assertThat(logins.find("b")).isEmpty();
    }

    @Test
    public void testTokenComesDuringThePoll()
            throws Exception
    {
        ListenableFuture<TokenOutcome> first = logins.poll("a");
        ListenableFuture<TokenOutcome> second = logins.poll("a");
        ListenableFuture<TokenOutcome> other = logins.poll("b");
        assertThat(logins.find("a")).isEmpty();
        // the first poll ends after ten seconds
        first.cancel(true);
        logins.end("a", TOKEN);
        assertThat(getDone(second)).isEqualTo(TOKEN);
        assertThat(other.isDone()).isFalse();
    }

    @Test
    public void testFirstOutcomeCounts()
            throws Exception
    {
        logins.end("a", TokenOutcome.error("denied"));
        logins.end("a", TOKEN);
        assertThat(getDone(logins.poll("a"))).isEqualTo(TokenOutcome.error("denied"));
    }

    @Test
    public void testClientHasTheToken()
            throws Exception
    {
        logins.end("a", TOKEN);
        logins.drop("a");
        assertThat(getDone(logins.poll("a"))).isEqualTo(DROPPED);
        // the token from another dispatcher arrives too late
        logins.end("a", TOKEN);
        assertThat(getDone(logins.poll("a"))).isEqualTo(DROPPED);
        assertThat(logins.find("a")).contains(DROPPED);
    }

    @Test
    public void testClientGivesUpDuringThePoll()
            throws Exception
    {
        ListenableFuture<TokenOutcome> poll = logins.poll("a");
        logins.drop("a");
        assertThat(getDone(poll)).isEqualTo(DROPPED);
    }

    @Test
    public void testTooLate()
            throws Exception
    {
        assertThat(logins.poll("a").isDone()).isFalse();
        clock.addAndGet(MINUTES.toNanos(15) - 1);
        assertThat(logins.poll("a").isDone()).isFalse();
        clock.addAndGet(1);
        assertThat(getDone(logins.poll("a"))).isEqualTo(TIMED_OUT);
        // an outcome that arrives later still counts
        logins.end("a", TOKEN);
        assertThat(getDone(logins.poll("a"))).isEqualTo(TOKEN);
        clock.addAndGet(MINUTES.toNanos(17) - 1);
        assertThat(logins.find("a")).contains(TOKEN);
        clock.addAndGet(1);
        assertThat(logins.find("a")).isEmpty();
    }

    @Test
    public void testOldestGoesWhenThereAreTooMany()
    {
        for (int i = 0; i <= MAX_ENTRIES; i++) {
            logins.end("login-" + i, TOKEN);
        }
        assertThat(logins.find("login-0")).isEmpty();
        assertThat(logins.find("login-1")).contains(TOKEN);
        assertThat(logins.find("login-" + MAX_ENTRIES)).contains(TOKEN);
    }

    /**
     * Polls and drops need no authentication, so they must not displace a token.
     */
    @Test
    public void testPollsAndDropsDisplaceNoToken()
    {
        logins.end("a", TOKEN);
        for (int i = 0; i <= MAX_ENTRIES; i++) {
            logins.poll("poll-" + i);
            logins.drop("drop-" + i);
        }
        assertThat(logins.find("a")).contains(TOKEN);
        assertThat(logins.find("drop-0")).isEmpty();
        assertThat(logins.find("drop-1")).contains(DROPPED);
    }

    @Test
    public void testLogsShowNoToken()
    {
        assertThat(TOKEN).hasToString("a token");
        assertThat(TokenOutcome.error("denied")).hasToString("error: denied");
    }

    @Test
    public void testJson()
    {
        JsonCodec<TokenOutcome> codec = jsonCodec(TokenOutcome.class);
        for (TokenOutcome outcome : new TokenOutcome[] {TOKEN, DROPPED}) {
            assertThat(codec.fromJson(codec.toJson(outcome))).isEqualTo(outcome);
        }
        assertThat(codec.toJson(TOKEN).replaceAll("\\s", "")).isEqualTo("{\"token\":\"thetoken\"}");
    }
}
