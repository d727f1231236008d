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
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;
import static io.trino.execution.QueryState.FAILED;
import static io.trino.spi.StandardErrorCode.GENERIC_USER_ERROR;
import static io.trino.util.Failures.toFailure;
import static org.assertj.core.api.Assertions.assertThat;

public class TestFailureBound
{
    private static final FailureBound BOUND = FailureBound.DEFAULT;

    @Test
    public void testShortFailureIsKept()
    {
        ExecutionFailureInfo failure = toFailure(new TrinoException(GENERIC_USER_ERROR, "on purpose", new RuntimeException("because")));
        assertThat(BOUND.apply(failure)).isSameAs(failure);
        assertThat(BOUND.apply("on purpose")).isEqualTo("on purpose");
    }

    @Test
    public void testLongMessage()
    {
        ExecutionFailureInfo failure = BOUND.apply(toFailure(new TrinoException(GENERIC_USER_ERROR, "x".repeat(9_000_000))));
        assertThat(failure.getMessage())
                .hasSize(BOUND.maxMessageCharacters())
                .startsWith("xxxx")
                .endsWith("xx... (cut: 9000000 characters in all)");
        assertThat(failure.getErrorCode()).isEqualTo(GENERIC_USER_ERROR.toErrorCode());
        assertThat(failure.getStack()).isNotEmpty();
        assertThat(BOUND.apply(failure)).isSameAs(failure);
    }

    @Test
    public void testCutDoesNotSplitCharacter()
    {
        for (int offset = 0; offset < 2; offset++) {
            String message = BOUND.apply("x".repeat(offset) + "\uD83D\uDE00".repeat(100_000));
            assertThat(message.codePoints().noneMatch(character -> character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE)).isTrue();
        }
    }

    @Test
    public void testEverythingThatCanBeLong()
    {
        Throwable chain = new RuntimeException("c".repeat(50_000));
        for (int i = 0; i < 500; i++) {
            chain = new RuntimeException(i + "c".repeat(50_000), chain);
            chain.addSuppressed(new RuntimeException("s".repeat(100_000)));
        }
        assertBounded(toFailure(chain));
        assertBounded(new ExecutionFailureInfo("t".repeat(9_000_000), "message", null, ImmutableList.of(), ImmutableList.of(), null, null, null));
        assertBounded(new ExecutionFailureInfo("type", null, null, ImmutableList.of(), ImmutableList.of("f".repeat(9_000_000)), null, null, null));
        assertBounded(new ExecutionFailureInfo("type", null, null, ImmutableList.of(), Collections.nCopies(9_000_000, ""), null, null, null));
        assertBounded(new ExecutionFailureInfo(
                "type",
                "m".repeat(BOUND.maxMessageCharacters()),
                null,
                Collections.nCopies(100_000, new ExecutionFailureInfo("", "", null, ImmutableList.of(), ImmutableList.of(), null, null, null)),
                ImmutableList.of("frame"),
                null,
                null,
                null));
    }

    private static void assertBounded(ExecutionFailureInfo failure)
    {
        ExecutionFailureInfo bounded = BOUND.apply(failure);
        assertThat(bounded).isNotSameAs(failure);
        assertThat(BOUND.apply(bounded)).isSameAs(bounded);
        assertThat(jsonCodec(ExecutionFailureInfo.class).toJson(bounded).length()).isLessThan(4_000_000);
    }

    @Test
    public void testMessagesBetweenNodesAreBounded()
    {
        ExecutionFailureInfo failure = toFailure(new TrinoException(GENERIC_USER_ERROR, "x".repeat(9_000_000)));
        assertThat(new QueryReport(new QueryId("query"), FAILED, Optional.of(failure), Optional.empty(), 0, 0, 0, false, false).failure().orElseThrow().getMessage()).hasSize(BOUND.maxMessageCharacters());
        assertThat(new DispatchResponse("incarnation", Optional.empty(), Optional.of(failure), false, false).failure().orElseThrow().getMessage()).hasSize(BOUND.maxMessageCharacters());
        assertThat(new StopRequest(1, "incarnation", failure, Optional.empty()).failure().getMessage()).hasSize(BOUND.maxMessageCharacters());
    }
}
