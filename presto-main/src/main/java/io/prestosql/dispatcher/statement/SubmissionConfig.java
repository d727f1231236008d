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
package io.prestosql.dispatcher.statement;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;

import java.util.Optional;

/**
 * Configures which submissions are accepted.
 */
public class SubmissionConfig
{
    private Optional<Boolean> acceptWithoutCoordinators = Optional.empty();

    /**
     * Returns empty when it depends on whether queued queries survive a restart.
     */
    public Optional<Boolean> getAcceptWithoutCoordinators()
    {
        return acceptWithoutCoordinators;
    }

    @Config("dispatcher.accept-without-coordinators")
    @ConfigDescription("Whether queries are accepted while no coordinator takes any, to wait in the queue; by default they are where the query log is durable")
    public SubmissionConfig setAcceptWithoutCoordinators(Boolean acceptWithoutCoordinators)
    {
        this.acceptWithoutCoordinators = Optional.ofNullable(acceptWithoutCoordinators);
        return this;
    }
}
