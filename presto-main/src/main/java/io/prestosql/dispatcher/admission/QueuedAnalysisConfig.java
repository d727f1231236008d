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
import jakarta.validation.constraints.Min;

/**
 * Configures whether coordinators analyse queries that wait in the queue, and how many at a time.
 */
public class QueuedAnalysisConfig
{
    private boolean analyzeQueuedQueries = true;
    private int maxConcurrentAnalyses = 4;

    public boolean isAnalyzeQueuedQueries()
    {
        return analyzeQueuedQueries;
    }

    @Config("dispatcher.analyze-queued-queries")
    @ConfigDescription("Analyse queries while they wait in the queue, so that a wrong one fails at once")
    public QueuedAnalysisConfig setAnalyzeQueuedQueries(boolean analyzeQueuedQueries)
    {
        this.analyzeQueuedQueries = analyzeQueuedQueries;
        return this;
    }

    @Min(1)
    public int getMaxConcurrentAnalyses()
    {
        return maxConcurrentAnalyses;
    }

    @Config("dispatcher.max-concurrent-analyses")
    @ConfigDescription("How many queries that wait in the queue are analysed at the same time")
    public QueuedAnalysisConfig setMaxConcurrentAnalyses(int maxConcurrentAnalyses)
    {
        this.maxConcurrentAnalyses = maxConcurrentAnalyses;
        return this;
    }
}
