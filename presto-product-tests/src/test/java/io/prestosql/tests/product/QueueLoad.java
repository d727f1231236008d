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
package io.prestosql.tests.product;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Submits many queries at once, with clients that do the least that the protocol allows.
 */
final class QueueLoad
{
    private QueueLoad() {}

    /**
     * @param millis the time from the request to the answer
     */
    record Submission(URI nextUri, double millis) {}

    /**
     * Submits queries; each client submits one after another.
     */
    static List<Submission> submit(URI server, int queries, int clients)
            throws Exception
    {
        return inParallel(queries, clients, number -> {
            long start = System.nanoTime();
            HttpResponse<String> response = Http.tryRequest("POST", server.resolve("/v1/statement"), "SELECT %s".formatted(number), Http.AS_TEST_USER);
            double millis = (System.nanoTime() - start) / 1e6;
            return new Submission(nextUri(response), millis);
        });
    }

    /**
     * Polls each query once, which gives it its place in the queue.
     *
     * @return the next request for each query
     */
    static List<Submission> poll(List<Submission> submissions, int clients)
            throws Exception
    {
        return inParallel(submissions.size(), clients, number -> {
            Submission submission = submissions.get(number);
            return new Submission(nextUri(Http.tryRequest("GET", submission.nextUri(), "", Http.AS_TEST_USER)), submission.millis());
        });
    }

    static void cancel(List<Submission> submissions, int clients)
            throws Exception
    {
        inParallel(submissions.size(), clients, number -> {
            HttpResponse<String> response = Http.tryRequest("DELETE", submissions.get(number).nextUri(), "", Http.AS_TEST_USER);
            assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(204);
            return number;
        });
    }

    static Distribution millis(List<Submission> submissions)
    {
        return new Distribution(submissions.stream().map(Submission::millis).collect(toImmutableList()));
    }

    private static URI nextUri(HttpResponse<String> response)
    {
        assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(200);
        JsonNode answer = Http.parse(response.body());
        assertThat(answer.get("stats").get("state").asText()).isEqualTo("QUEUED");
        return URI.create(answer.get("nextUri").asText());
    }

    private interface Call<T>
    {
        T call(int number)
                throws IOException;
    }

    private static <T> List<T> inParallel(int count, int clients, Call<T> call)
            throws Exception
    {
        AtomicInteger next = new AtomicInteger();
        List<T> results = new ArrayList<>();
        try (ExecutorService executor = newVirtualThreadPerTaskExecutor()) {
            List<Future<List<T>>> futures = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                futures.add(executor.submit(() -> {
                    List<T> mine = new ArrayList<>();
                    for (int number = next.getAndIncrement(); number < count; number = next.getAndIncrement()) {
                        mine.add(call.call(number));
                    }
                    return mine;
                }));
            }
            for (Future<List<T>> future : futures) {
                results.addAll(future.get());
            }
        }
        return results;
    }
}
