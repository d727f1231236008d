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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.spi.selection.SelectionRequest;
import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.Optional;

import static io.prestosql.selection.gateway.Submissions.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestGatewayRequest
{
    @Test
    public void testEverything()
    {
        GatewayRequest request = new GatewayRequest(request(ImmutableMap.of("X-Trino-Source", "airflow", "Content-Type", "text/plain", "Content-Length", "8")));
        assertThat(request.getHeader("x-trino-SOURCE")).isEqualTo("airflow");
        assertThat(request.getHeader("X-Trino-Client-Tags")).isNull();
        assertThat(Collections.list(request.getHeaders("X-Trino-Source"))).containsExactly("airflow");
        assertThat(Collections.list(request.getHeaders("X-Trino-Client-Tags"))).isEmpty();
        assertThat(Collections.list(request.getHeaderNames())).containsExactlyInAnyOrder("x-trino-source", "content-type", "content-length");
        assertThat(request.getContentType()).isEqualTo("text/plain");
        assertThat(request.getContentLength()).isEqualTo(8);
        assertThat(request.getIntHeader("X-Number")).isEqualTo(-1);
        assertThatThrownBy(() -> request.getIntHeader("X-Trino-Source")).isInstanceOf(NumberFormatException.class);
        assertThat(request.getMethod()).isEqualTo("POST");
        assertThat(request.getRequestURI()).isEqualTo("/v1/statement");
        assertThat(request.getQueryString()).isEqualTo("first=1&second=two%20words&first=3");
        assertThat(request.getParameter("first")).isEqualTo("1");
        assertThat(request.getParameter("second")).isEqualTo("two words");
        assertThat(request.getParameter("third")).isNull();
        assertThat(request.getParameterValues("first")).containsExactly("1", "3");
        assertThat(request.getParameterValues("third")).isNull();
        assertThat(Collections.list(request.getParameterNames())).containsExactly("first", "second");
        assertThat(request.getParameterMap().get("first")).containsExactly("1", "3");
        assertThat(request.getRemoteAddr()).isEqualTo("10.0.0.7");
        assertThat(request.getRemoteHost()).isEqualTo("10.0.0.7");
        assertThat(request.getRemoteUser()).isEqualTo("alice@example.net");
    }

    /**
     * The engine does not read the query string, so nothing in it may keep a statement from running.
     */
    @Test
    public void testOddAddresses()
    {
        GatewayRequest request = new GatewayRequest(new SelectionRequest("SELECT 1", "alice", Optional.empty(), "/v1/statement?a=%zz&b|c=^&d?e=f", Optional.empty(), ImmutableMap.of()));
        assertThat(request.getRequestURI()).isEqualTo("/v1/statement");
        assertThat(request.getQueryString()).isEqualTo("a=%zz&b|c=^&d?e=f");
        assertThat(request.getParameter("a")).isEqualTo("%zz");
        assertThat(request.getParameter("b|c")).isEqualTo("^");
        assertThat(request.getParameter("d?e")).isEqualTo("f");
    }

    @Test
    public void testWhatIsNotKnown()
    {
        GatewayRequest request = new GatewayRequest(new SelectionRequest("SELECT 1", "alice", Optional.empty(), "/v1/statement", Optional.empty(), ImmutableMap.of("empty", ImmutableList.of())));
        assertThat(request.getRemoteUser()).isNull();
        assertThat(request.getRemoteAddr()).isNull();
        assertThat(request.getQueryString()).isNull();
        assertThat(request.getParameterMap()).isEmpty();
        assertThat(request.getContentType()).isNull();
        assertThat(request.getContentLength()).isEqualTo(-1);
        assertThat(request.getHeader("empty")).isNull();
    }
}
