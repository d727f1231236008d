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
package io.prestosql.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import java.net.URI;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * A request as a command of curl describes it.
 *
 * @param uri the command's; without a scheme, curl takes http
 */
public record CurlCommand(String method, URI uri, Map<String, String> headers, String body)
{
    private static final Pattern WORD = Pattern.compile("'(?<single>[^']*)'|\"(?<double>[^\"]*)\"|(?<bare>[^\\s\\\\]+)");

    public CurlCommand
    {
        requireNonNull(method, "method is null");
        requireNonNull(uri, "uri is null");
        headers = ImmutableMap.copyOf(headers);
        requireNonNull(body, "body is null");
    }

    /**
     * Reads commands, each of which begins with {@code curl} at the beginning of a line, and may go on in further lines.
     */
    public static List<CurlCommand> parseAll(String commands)
    {
        return Pattern.compile("(?m)^curl ").splitAsStream(commands)
                .filter(command -> !command.isBlank())
                .map(CurlCommand::parse)
                .collect(toImmutableList());
    }

    private static CurlCommand parse(String command)
    {
        Iterator<String> words = WORD.matcher(command).results()
                .map(CurlCommand::word)
                .collect(toImmutableList())
                .iterator();
        Optional<String> method = Optional.empty();
        Optional<String> uri = Optional.empty();
        Optional<String> body = Optional.empty();
        Map<String, String> headers = new HashMap<>();
        while (words.hasNext()) {
            String word = words.next();
            switch (word) {
                case "-X" -> method = Optional.of(words.next());
                case "-d" -> body = Optional.of(words.next());
                case "-H" -> {
                    List<String> header = ImmutableList.copyOf(words.next().split(": *", 2));
                    headers.put(header.getFirst(), header.getLast());
                }
                default -> {
                    checkArgument(!word.startsWith("-") && uri.isEmpty(), "Unknown argument of curl: %s", word);
                    uri = Optional.of(word.contains("://") ? word : "http://" + word);
                }
            }
        }
        if (body.isPresent()) {
            headers.putIfAbsent("Content-Type", "application/x-www-form-urlencoded");
        }
        return new CurlCommand(method.orElse(body.isPresent() ? "POST" : "GET"), URI.create(uri.orElseThrow()), headers, body.orElse(""));
    }

    private static String word(MatchResult word)
    {
        return Optional.ofNullable(word.group("single"))
                .or(() -> Optional.ofNullable(word.group("double")))
                .orElseGet(() -> word.group("bare"));
    }

    /**
     * Sends the request to another server than the command names.
     */
    public RawClient.Response send(RawClient client, URI server)
    {
        return client.send(method, server.resolve(uri.getRawPath()), body, headers);
    }
}
