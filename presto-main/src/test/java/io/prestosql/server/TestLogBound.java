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
package io.prestosql.server;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import static org.assertj.core.api.Assertions.assertThat;

public class TestLogBound
{
    @Test
    public void testShortLineIsKept()
    {
        Throwable failure = new IllegalStateException("on purpose", new RuntimeException("because"));
        LogRecord record = logged("message", failure);
        assertThat(record.getMessage()).isEqualTo("message");
        assertThat(record.getThrown()).isSameAs(failure);
    }

    @Test
    public void testLongMessageIsCut()
    {
        assertThat(logged("m".repeat(9_000_000), null).getMessage())
                .hasSizeLessThanOrEqualTo(LogBound.MAX_CHARACTERS)
                .startsWith("mmmm")
                .endsWith("m... (cut: 9000000 characters in all)");
    }

    @Test
    public void testLongMessagesOfExceptionAreCut()
    {
        RuntimeException failure = new IllegalStateException("a".repeat(9_000_000), new RuntimeException("b".repeat(9_000_000)));
        failure.addSuppressed(new IllegalArgumentException("c".repeat(9_000_000)));
        StringWriter text = new StringWriter();
        logged("message", failure).getThrown().printStackTrace(new PrintWriter(text));
        assertThat(text.toString())
                .hasSizeLessThan(4 * LogBound.MAX_CHARACTERS + 10_000)
                .startsWith("java.lang.IllegalStateException: aaaa")
                .contains("Caused by: java.lang.RuntimeException: bbbb")
                .contains("Suppressed: java.lang.IllegalArgumentException: cccc")
                .contains("at io.prestosql.server.TestLogBound.testLongMessagesOfExceptionAreCut");
    }

    @Test
    public void testExceptionThatCausesItself()
    {
        RuntimeException one = new RuntimeException("one".repeat(100_000));
        RuntimeException other = new RuntimeException("other", one);
        one.initCause(other);
        StringWriter text = new StringWriter();
        logged("message", one).getThrown().printStackTrace(new PrintWriter(text));
        assertThat(text.toString()).startsWith("java.lang.RuntimeException: oneone").hasSizeLessThan(5_000_000);
    }

    private static LogRecord logged(String message, Throwable failure)
    {
        RecordingHandler handler = new RecordingHandler();
        Logger root = Logger.getLogger("");
        root.addHandler(handler);
        try {
            LogBound.install();
            Logger.getLogger(TestLogBound.class.getName()).log(Level.SEVERE, message, failure);
        }
        finally {
            root.removeHandler(handler);
            for (Handler other : root.getHandlers()) {
                other.setFilter(null);
            }
        }
        return handler.record;
    }

    private static class RecordingHandler
            extends Handler
    {
        private LogRecord record;

        @Override
        public void publish(LogRecord record)
        {
            if (isLoggable(record)) {
                this.record = record;
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
