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
package io.prestosql.queries;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.trino.SessionRepresentation;
import io.trino.execution.QueryInfo;
import io.trino.server.BasicQueryInfo;

import java.util.stream.LongStream;

import static com.google.common.base.Preconditions.checkArgument;
import static io.prestosql.queries.QueryInfoCopy.copy;

/**
 * Cuts the shown texts of a query: its statement, the prepared statement that it executes, and the prepared statements of its session.
 *
 * @param maxCharacters maximum length of each text
 */
public record ShortTexts(int maxCharacters)
{
    private static final int MIN_CHARACTERS = 100;

    public ShortTexts
    {
        checkArgument(maxCharacters >= MIN_CHARACTERS, "maxCharacters is less than %s", MIN_CHARACTERS);
    }

    /**
     * Returns the lengths of all texts.
     */
    static LongStream lengths(BasicQueryInfo info)
    {
        return LongStream.concat(
                LongStream.of(info.getQuery().length(), info.getPreparedQuery().map(String::length).orElse(0)),
                info.getSession().getPreparedStatements().values().stream().mapToLong(String::length));
    }

    /**
     * @return the text itself when it is short enough; a cut text never ends in half of a surrogate pair, which JSON does not allow
     */
    public String apply(String text)
    {
        if (text.length() <= maxCharacters) {
            return text;
        }
        String note = "... (cut: %s characters in all)".formatted(text.length());
        int end = maxCharacters - note.length();
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + note;
    }

    public BasicQueryInfo apply(BasicQueryInfo info)
    {
        if (lengths(info).allMatch(length -> length <= maxCharacters)) {
            return info;
        }
        return copy(info, apply(info.getSession()), apply(info.getQuery()), info.getPreparedQuery().map(this::apply), info.getQueryStats());
    }

    public QueryInfo apply(QueryInfo info)
    {
        return copy(info, apply(info.getSession()), apply(info.getQuery()), info.getPreparedQuery().map(this::apply), info.getQueryStats());
    }

    private SessionRepresentation apply(SessionRepresentation session)
    {
        return copy(session, session.getSystemProperties(), ImmutableMap.copyOf(Maps.transformValues(session.getPreparedStatements(), this::apply)));
    }
}
