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
package io.prestosql.selection.rules;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.google.common.collect.ImmutableMap;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The lines of a JSON document on which its values begin.
 *
 * @param lines by JSON pointer (RFC 6901)
 */
record JsonLines(Map<String, Integer> lines)
{
    JsonLines
    {
        lines = ImmutableMap.copyOf(lines);
    }

    /**
     * @throws IOException when the text is no JSON
     */
    static JsonLines of(byte[] json)
            throws IOException
    {
        Map<String, Integer> lines = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                lines.putIfAbsent(parser.getParsingContext().pathAsPointer().toString(), parser.currentTokenLocation().getLineNr());
            }
        }
        return new JsonLines(lines);
    }

    /**
     * Returns the line of the value, or of the one around it, if the document does not have it.
     */
    int lineOf(String pointer)
    {
        for (String current = pointer; !current.isEmpty(); current = current.substring(0, current.lastIndexOf('/'))) {
            Integer line = lines.get(current);
            if (line != null) {
                return line;
            }
        }
        return 1;
    }
}
