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
package io.prestosql.dispatcher.clusters;

import org.junit.jupiter.api.Test;

import java.util.Optional;

import static io.prestosql.dispatcher.clusters.SendingPage.NO_PAGE;
import static io.prestosql.dispatcher.clusters.SendingPage.OTHER_ORIGIN;
import static io.prestosql.dispatcher.clusters.SendingPage.SAME_ORIGIN;
import static org.assertj.core.api.Assertions.assertThat;

public class TestSendingPage
{
    private static final String ORIGIN = "http://dispatcher:8080";

    @Test
    public void testFetchSite()
    {
        assertThat(of("same-origin", null)).isEqualTo(SAME_ORIGIN);
        assertThat(of("same-origin", ORIGIN)).isEqualTo(SAME_ORIGIN);
        // a proxy hides the address, but the browser knows it
        assertThat(of("same-origin", "https://presto.example.net")).isEqualTo(SAME_ORIGIN);
        for (String site : new String[] {"cross-site", "same-site", "", "SAME-ORIGIN", "None"}) {
            assertThat(of(site, null)).as(site).isEqualTo(OTHER_ORIGIN);
            assertThat(of(site, ORIGIN)).as(site).isEqualTo(OTHER_ORIGIN);
        }
    }

    @Test
    public void testOrigin()
    {
        assertThat(of(null, ORIGIN)).isEqualTo(SAME_ORIGIN);
        assertThat(of(null, "HTTP://Dispatcher:8080")).isEqualTo(SAME_ORIGIN);
        for (String origin : new String[] {
                "http://dispatcher",
                "http://dispatcher:8081",
                "https://dispatcher:8080",
                "http://evil:8080",
                "http://dispatcher.evil:8080",
                "http://dispatcher@evil:8080",
                "http://dispatcher:8080@evil",
                "http://dispatcher:8080/",
                "null",
                "",
                "%",
                "dispatcher:8080",
                "http://dispatcher:8080, http://evil"}) {
            assertThat(of(null, origin)).as(origin).isEqualTo(OTHER_ORIGIN);
        }
    }

    @Test
    public void testAddresses()
    {
        // browsers leave out the usual port
        assertThat(origin("https://presto.example.net", "https", "presto.example.net", 443)).isEqualTo(SAME_ORIGIN);
        assertThat(origin("http://presto.example.net", "http", "presto.example.net", 80)).isEqualTo(SAME_ORIGIN);
        assertThat(origin("http://presto.example.net:443", "http", "presto.example.net", 443)).isEqualTo(SAME_ORIGIN);
        assertThat(origin("http://presto.example.net", "https", "presto.example.net", 443)).isEqualTo(OTHER_ORIGIN);
        assertThat(origin("http://presto.example.net", "http", "presto.example.net", 443)).isEqualTo(OTHER_ORIGIN);
        assertThat(origin("https://presto.example.net", "https", "presto.example.net", 80)).isEqualTo(OTHER_ORIGIN);
        assertThat(origin("http://[::1]:8080", "http", "[::1]", 8080)).isEqualTo(SAME_ORIGIN);
        assertThat(origin("http://[::2]:8080", "http", "[::1]", 8080)).isEqualTo(OTHER_ORIGIN);
        // java.net.URI finds no host in these
        assertThat(origin("http://presto_dispatcher:8080", "http", "presto_dispatcher", 8080)).isEqualTo(SAME_ORIGIN);
        assertThat(origin("http://evil_site:8080", "http", "presto_dispatcher", 8080)).isEqualTo(OTHER_ORIGIN);
        assertThat(origin("null", "http", "presto_dispatcher", 80)).isEqualTo(OTHER_ORIGIN);
    }

    @Test
    public void testNoPage()
    {
        assertThat(of(null, null)).isEqualTo(NO_PAGE);
        assertThat(of("none", null)).isEqualTo(NO_PAGE);
        assertThat(of("none", ORIGIN)).isEqualTo(NO_PAGE);
        assertThat(of("none", "http://evil:8080")).isEqualTo(OTHER_ORIGIN);
    }

    private static SendingPage of(String fetchSite, String origin)
    {
        return SendingPage.of(Optional.ofNullable(fetchSite), Optional.ofNullable(origin), "http", "dispatcher", 8080);
    }

    private static SendingPage origin(String origin, String scheme, String host, int port)
    {
        return SendingPage.of(Optional.empty(), Optional.of(origin), scheme, host, port);
    }
}
