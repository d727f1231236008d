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
package io.prestosql.dispatcher.admission;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.DataSize;
import jakarta.validation.constraints.NotNull;

import static io.airlift.units.DataSize.Unit.MEGABYTE;

/**
 * Configures what a dispatcher keeps of ended queries, besides the engine's {@code query.max-history} and {@code query.min-expire-age}.
 */
public class QueryHistoryConfig
{
    private DataSize maxHistoryTextSize = DataSize.of(32, MEGABYTE);

    @NotNull
    public DataSize getMaxHistoryTextSize()
    {
        return maxHistoryTextSize;
    }

    @Config("query.max-history-text-size")
    @ConfigDescription("How much memory the texts of ended queries may take; of the oldest ones only the beginnings are kept then")
    public QueryHistoryConfig setMaxHistoryTextSize(DataSize maxHistoryTextSize)
    {
        this.maxHistoryTextSize = maxHistoryTextSize;
        return this;
    }
}
