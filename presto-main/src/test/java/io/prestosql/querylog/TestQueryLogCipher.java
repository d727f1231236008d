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
package io.prestosql.querylog;

import io.prestosql.spi.querylog.QueryLogRecord;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

import static io.prestosql.spi.querylog.QueryLogRecord.Kind.DISPATCHED;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestQueryLogCipher
{
    private static final byte[] CONTENT = "SELECT secret FROM accounts".getBytes(UTF_8);
    private static final QueryLogRecord RECORD = new QueryLogRecord("query", SUBMITTED, CONTENT);

    private final QueryLogCipher cipher = new QueryLogCipher(new QueryLogKeys("secret", List.of()));

    @Test
    public void testRoundTrip()
    {
        for (byte[] content : List.of(CONTENT, new byte[0], new byte[1_000_000])) {
            QueryLogRecord record = new QueryLogRecord("query", SUBMITTED, content);
            QueryLogRecord encrypted = cipher.encrypt(record);
            assertThat(encrypted.key()).isEqualTo("query");
            assertThat(encrypted.kind()).isEqualTo(SUBMITTED);
            assertThat(encrypted.content()).hasSize(content.length + QueryLogCipher.OVERHEAD_BYTES);
            assertThat(cipher.decrypt(encrypted)).isEqualTo(record);
        }
        assertThat(new String(cipher.encrypt(RECORD).content(), UTF_8)).doesNotContain("SELECT", "secret");
        // each encryption has its own nonce
        assertThat(cipher.encrypt(RECORD)).isNotEqualTo(cipher.encrypt(RECORD));
    }

    @Test
    public void testTampering()
    {
        QueryLogRecord encrypted = cipher.encrypt(RECORD);
        for (int i = 0; i < encrypted.content().length; i++) {
            byte[] content = encrypted.content().clone();
            content[i] ^= 1;
            assertUndecryptable(new QueryLogRecord("query", SUBMITTED, content));
        }
        for (int length = 0; length < encrypted.content().length; length++) {
            assertUndecryptable(new QueryLogRecord("query", SUBMITTED, Arrays.copyOf(encrypted.content(), length)));
        }
        assertUndecryptable(new QueryLogRecord("query", SUBMITTED, Arrays.copyOf(encrypted.content(), encrypted.content().length + 1)));
        // this record was never encrypted
        assertUndecryptable(RECORD);
    }

    @Test
    public void testContentOfAnotherRecord()
    {
        QueryLogRecord encrypted = cipher.encrypt(RECORD);
        assertUndecryptable(new QueryLogRecord("other", SUBMITTED, encrypted.content()));
        assertUndecryptable(new QueryLogRecord("query", DISPATCHED, encrypted.content()));
    }

    @Test
    public void testRotation()
    {
        QueryLogCipher rotated = new QueryLogCipher(new QueryLogKeys("new", List.of("secret")));
        assertThat(rotated.decrypt(cipher.encrypt(RECORD))).isEqualTo(RECORD);
        assertThat(rotated.decrypt(rotated.encrypt(RECORD))).isEqualTo(RECORD);

        QueryLogKeys keys = new QueryLogKeys("secret", List.of());
        QueryLogKeys newKeys = new QueryLogKeys("new", List.of());
        assertThatThrownBy(() -> cipher.decrypt(rotated.encrypt(RECORD)))
                .isInstanceOf(UndecryptableRecordException.class)
                .hasMessage("SUBMITTED query (60 bytes) is encrypted with the key %s, but only [%s] are known: add the shared secret from which it was derived to query-log.previous-shared-secrets", newKeys.current(), keys.current());
    }

    private void assertUndecryptable(QueryLogRecord record)
    {
        assertThatThrownBy(() -> cipher.decrypt(record))
                .isInstanceOf(UndecryptableRecordException.class);
    }
}
