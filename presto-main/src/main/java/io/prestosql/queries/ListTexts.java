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

import java.util.List;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Bounds the texts of a query list for another node, because that node holds the lists of many nodes in memory at the same time.
 */
public final class ListTexts
{
    /** For all texts of a list together. */
    public static final int MAX_CHARACTERS = 4_000_000;

    private static final int MIN_CHARACTERS = 200;

    private ListTexts() {}

    /**
     * @return the list unchanged when its texts are short enough; otherwise with the longest texts cut to a common length
     */
    public static List<ViewedQuery> bounded(List<ViewedQuery> queries)
    {
        long[] lengths = queries.stream()
                .flatMapToLong(query -> ShortTexts.lengths(query.info()))
                .sorted()
                .toArray();
        long left = MAX_CHARACTERS;
        for (int i = 0; i < lengths.length; i++) {
            long share = left / (lengths.length - i);
            if (lengths[i] > share) {
                ShortTexts texts = new ShortTexts(Math.clamp(share, MIN_CHARACTERS, MAX_CHARACTERS));
                return queries.stream()
                        .map(query -> query.withInfo(texts.apply(query.info())))
                        .collect(toImmutableList());
            }
            left -= lengths[i];
        }
        return queries;
    }
}
