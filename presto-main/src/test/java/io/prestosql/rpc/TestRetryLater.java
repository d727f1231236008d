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
package io.prestosql.rpc;

import jakarta.ws.rs.core.Response;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

public class TestRetryLater
{
    @Test
    public void testResponse()
    {
        Response response = RetryLater.response("No dispatcher leads the queue");
        assertThat(response.getStatus()).isEqualTo(503);
        assertThat(response.getHeaderString("Retry-After")).isEqualTo("1");
        assertThat(response.getHeaderString("Content-Type")).isEqualTo("text/plain;charset=utf-8");
        assertThat(response.getEntity()).isEqualTo("No dispatcher leads the queue");
    }

    @Test
    public void testHeaderIsAdded()
    {
        Response response = RetryLater.response().header("X-Missing", "coordinator-1").build();
        assertThat(response.getStatus()).isEqualTo(503);
        assertThat(response.getHeaderString("Retry-After")).isEqualTo("1");
        assertThat(response.getHeaderString("X-Missing")).isEqualTo("coordinator-1");
    }
}
