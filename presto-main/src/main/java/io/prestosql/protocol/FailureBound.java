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
package io.prestosql.protocol;

import com.google.common.collect.ImmutableList;
import io.trino.execution.ExecutionFailureInfo;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * Bounds the size of a failure. Statements, connectors and users who kill queries write messages of any length. But a failure has to fit
 * into a record of the query log, next to others into a report, and into a dispatcher's memory for as long as the query is remembered.
 *
 * @param maxMessageCharacters the maximum length of each message; a longer one is cut, and says so
 * @param maxCharacters the maximum length of all messages, types and stacks together, including those of causes and of suppressed failures;
 * everything after it is left out
 */
public record FailureBound(int maxMessageCharacters, int maxCharacters)
{
    public static final FailureBound DEFAULT = new FailureBound(64 * 1024, 256 * 1024);

    /** Limits the depth of causes and suppressed failures. */
    private static final int MAX_DEPTH = 50;
    private static final int MAX_TYPE_CHARACTERS = 1024;
    private static final int MIN_CUT_CHARACTERS = 100;
    /** The sizes of an empty text and an empty failure. */
    private static final int TEXT_COST = 4;
    private static final int FAILURE_COST = 100;

    public FailureBound
    {
        checkArgument(maxMessageCharacters >= MIN_CUT_CHARACTERS, "maxMessageCharacters is less than %s", MIN_CUT_CHARACTERS);
        checkArgument(maxCharacters >= maxMessageCharacters + 2 * MAX_TYPE_CHARACTERS, "maxCharacters is too small for a message");
    }

    /**
     * @return the message itself when it is short enough
     */
    public String apply(String message)
    {
        return cut(message, maxMessageCharacters);
    }

    /**
     * @return the failure itself when it is short enough
     */
    public ExecutionFailureInfo apply(ExecutionFailureInfo failure)
    {
        return remaining(failure, maxCharacters, 0) >= 0 ? failure : copy(failure, maxCharacters, 0).failure();
    }

    /**
     * Returns how many characters are left after the failure; negative when it is too long.
     */
    private long remaining(ExecutionFailureInfo failure, long characters, int depth)
    {
        if (depth > MAX_DEPTH || length(failure.getMessage()) > maxMessageCharacters || failure.getType().length() > MAX_TYPE_CHARACTERS) {
            return -1;
        }
        long left = characters - FAILURE_COST - cost(failure.getMessage()) - cost(failure.getType());
        for (String frame : failure.getStack()) {
            left -= cost(frame);
        }
        if (left >= 0 && failure.getCause() != null) {
            left = remaining(failure.getCause(), left, depth + 1);
        }
        for (ExecutionFailureInfo suppressed : failure.getSuppressed()) {
            if (left >= 0) {
                left = remaining(suppressed, left, depth + 1);
            }
        }
        return left;
    }

    private static int length(String text)
    {
        return text == null ? 0 : text.length();
    }

    private static int cost(String text)
    {
        return length(text) + TEXT_COST;
    }

    private static String cut(String text, int maxCharacters)
    {
        if (text == null || text.length() <= maxCharacters) {
            return text;
        }
        String note = "... (cut: %s characters in all)".formatted(text.length());
        int end = maxCharacters - note.length();
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + note;
    }

    /**
     * @param left how many characters are left for the parts that follow
     */
    private record Bounded(ExecutionFailureInfo failure, int left) {}

    private Bounded copy(ExecutionFailureInfo failure, int characters, int depth)
    {
        String type = cut(failure.getType(), Math.clamp(characters - FAILURE_COST, MIN_CUT_CHARACTERS, MAX_TYPE_CHARACTERS));
        int left = characters - FAILURE_COST - cost(type);
        String message = cut(failure.getMessage(), Math.clamp(left - TEXT_COST, MIN_CUT_CHARACTERS, maxMessageCharacters));
        left -= cost(message);
        ImmutableList.Builder<String> stack = ImmutableList.builder();
        for (String frame : failure.getStack()) {
            if (cost(frame) > left) {
                break;
            }
            left -= cost(frame);
            stack.add(frame);
        }
        ExecutionFailureInfo cause = null;
        if (failure.getCause() != null && isRoom(left, depth)) {
            Bounded bounded = copy(failure.getCause(), left, depth + 1);
            cause = bounded.failure();
            left = bounded.left();
        }
        ImmutableList.Builder<ExecutionFailureInfo> suppressed = ImmutableList.builder();
        for (ExecutionFailureInfo other : failure.getSuppressed()) {
            if (!isRoom(left, depth)) {
                break;
            }
            Bounded bounded = copy(other, left, depth + 1);
            suppressed.add(bounded.failure());
            left = bounded.left();
        }
        return new Bounded(
                new ExecutionFailureInfo(type, message, cause, suppressed.build(), stack.build(), failure.getErrorLocation(), failure.getErrorCode(), failure.getRemoteHost()),
                left);
    }

    private static boolean isRoom(int left, int depth)
    {
        return depth < MAX_DEPTH && left >= FAILURE_COST + MAX_TYPE_CHARACTERS + MIN_CUT_CHARACTERS + 2 * TEXT_COST;
    }
}
