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
package io.prestosql.operations;

import org.junit.jupiter.api.Test;

import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

public class TestPageRequests
{
    private static final Optional<String> HEADER = Optional.of("true");

    @Test
    public void testHeaderOfThePage()
    {
        assertThat(refusal(Optional.empty(), Optional.of("same-origin"), Optional.of("http://dispatcher:8080"))).hasValueSatisfying(reason -> assertThat(reason).contains("X-Presto-Operations: true"));
        assertThat(refusal(Optional.of(""), Optional.of("same-origin"), Optional.empty())).isPresent();
        assertThat(refusal(Optional.of("false"), Optional.of("same-origin"), Optional.empty())).isPresent();
    }

    @Test
    public void testFetchSite()
    {
        assertThat(refusal(HEADER, Optional.of("same-origin"), Optional.empty())).isEmpty();
        // a proxy hides the address, but the browser knows it
        assertThat(refusal(HEADER, Optional.of("same-origin"), Optional.of("https://presto.example.net"))).isEmpty();
        for (String site : new String[] {"cross-site", "same-site", "none", "", "SAME-ORIGIN"}) {
            assertThat(refusal(HEADER, Optional.of(site), Optional.of("http://dispatcher:8080"))).as(site).hasValueSatisfying(reason -> assertThat(reason).startsWith("A page of another site cannot change clusters"));
        }
    }

    @Test
    public void testOrigin()
    {
        assertThat(refusal(HEADER, Optional.empty(), Optional.of("http://dispatcher:8080"))).isEmpty();
        assertThat(refusal(HEADER, Optional.empty(), Optional.of("HTTP://Dispatcher:8080"))).isEmpty();
        for (String origin : new String[] {"http://dispatcher", "http://dispatcher:8081", "https://dispatcher:8080", "http://evil:8080", "http://dispatcher.evil:8080", "http://dispatcher@evil:8080", "null", "", "%", "dispatcher:8080"}) {
            assertThat(refusal(HEADER, Optional.empty(), Optional.of(origin))).as(origin).hasValueSatisfying(reason -> assertThat(reason).contains("http-server.process-forwarded"));
        }
        assertThat(PageRequests.refusal(HEADER, Optional.empty(), Optional.of("https://presto.example.net"), "https", "presto.example.net", 443)).isEmpty();
        assertThat(PageRequests.refusal(HEADER, Optional.empty(), Optional.of("http://presto.example.net"), "http", "presto.example.net", 80)).isEmpty();
        assertThat(PageRequests.refusal(HEADER, Optional.empty(), Optional.of("http://[::1]:8080"), "http", "[::1]", 8080)).isEmpty();
    }

    @Test
    public void testNeither()
    {
        assertThat(refusal(HEADER, Optional.empty(), Optional.empty())).hasValueSatisfying(reason -> assertThat(reason).contains("PUT /v1/clusters/NAME/state"));
    }

    private static Optional<String> refusal(Optional<String> header, Optional<String> fetchSite, Optional<String> origin)
    {
        return PageRequests.refusal(header, fetchSite, origin, "http", "dispatcher", 8080);
    }
}
