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
package io.prestosql.simulation;

/**
 * The totals of a simulation.
 *
 * @param reruns executions of queries that had been executed before
 * @param placesGivenBack how often an admitted query waited for a place again, as no coordinator took it
 * @param overtakings how often a query waited for its cluster while a later one got its turn
 */
record SimulationResult(long acknowledged, long finished, long failed, long executions, long reruns, long placesGivenBack, long overtakings)
{
    static final SimulationResult NOTHING = new SimulationResult(0, 0, 0, 0, 0, 0, 0);

    SimulationResult add(SimulationResult other)
    {
        return new SimulationResult(
                acknowledged + other.acknowledged,
                finished + other.finished,
                failed + other.failed,
                executions + other.executions,
                reruns + other.reruns,
                placesGivenBack + other.placesGivenBack,
                overtakings + other.overtakings);
    }
}
