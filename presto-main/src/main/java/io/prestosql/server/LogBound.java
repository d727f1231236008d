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

import java.util.Arrays;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Cuts long log messages: they contain text from statements, connectors and clients, of any length. No message is dropped.
 */
public final class LogBound
        implements Filter
{
    /** The longest message of a log line or of an exception. A longer one is cut, and says so. */
    static final int MAX_CHARACTERS = 10_000;

    private static final int MAX_CAUSES = 100;

    private LogBound() {}

    /**
     * Must be called when logging is set up.
     */
    public static void install()
    {
        Arrays.stream(Logger.getLogger("").getHandlers()).forEach(handler -> handler.setFilter(new LogBound()));
    }

    @Override
    public boolean isLoggable(LogRecord record)
    {
        if (isLong(record.getMessage())) {
            record.setMessage(cut(record.getMessage()));
        }
        if (record.getThrown() != null && isLong(record.getThrown(), 0)) {
            record.setThrown(new ShortThrowable(record.getThrown(), 0));
        }
        return true;
    }

    private static boolean isLong(Throwable thrown, int depth)
    {
        return thrown != null &&
                (depth > MAX_CAUSES ||
                        isLong(thrown.getMessage()) ||
                        isLong(thrown.getCause(), depth + 1) ||
                        Arrays.stream(thrown.getSuppressed()).anyMatch(suppressed -> isLong(suppressed, depth + 1)));
    }

    private static boolean isLong(String text)
    {
        return text != null && text.length() > MAX_CHARACTERS;
    }

    private static String cut(String text)
    {
        return isLong(text) ? "%s... (cut: %s characters in all)".formatted(text.substring(0, MAX_CHARACTERS - 100), text.length()) : text;
    }

    /**
     * Prints as the original throwable does, with shorter messages.
     */
    private static final class ShortThrowable
            extends Throwable
    {
        private final String text;

        private ShortThrowable(Throwable thrown, int depth)
        {
            super(cut(thrown.getMessage()), thrown.getCause() == null || depth > MAX_CAUSES ? null : new ShortThrowable(thrown.getCause(), depth + 1));
            text = cut(thrown.toString());
            setStackTrace(thrown.getStackTrace());
            if (depth <= MAX_CAUSES) {
                for (Throwable suppressed : thrown.getSuppressed()) {
                    addSuppressed(new ShortThrowable(suppressed, depth + 1));
                }
            }
        }

        @Override
        public String toString()
        {
            return text;
        }
    }
}
