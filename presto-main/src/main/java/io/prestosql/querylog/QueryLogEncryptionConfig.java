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
package io.prestosql.querylog;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.configuration.ConfigSecuritySensitive;
import jakarta.validation.constraints.NotNull;

import java.util.List;

/**
 * Configures earlier shared secrets, with which this dispatcher can still decrypt records of the query log.
 */
public class QueryLogEncryptionConfig
{
    private List<String> previousSharedSecrets = ImmutableList.of();

    @NotNull
    public List<String> getPreviousSharedSecrets()
    {
        return previousSharedSecrets;
    }

    @Config("query-log.previous-shared-secrets")
    @ConfigDescription("Former values of internal-communication.shared-secret, separated by commas, with which queued queries can still be decrypted")
    @ConfigSecuritySensitive
    public QueryLogEncryptionConfig setPreviousSharedSecrets(String previousSharedSecrets)
    {
        this.previousSharedSecrets = previousSharedSecrets == null ? ImmutableList.of() : ImmutableList.copyOf(Splitter.on(',').trimResults().omitEmptyStrings().split(previousSharedSecrets));
        return this;
    }
}
