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
package io.prestosql.memory;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * A coordinator's report of one of its victims.
 *
 * @param killed whether the victim was killed; otherwise it may be killed at any moment
 * @param ageMillis how long ago it was killed; 0 when it was not
 */
public record VictimReport(Victim victim, boolean killed, long ageMillis)
{
    public VictimReport
    {
        requireNonNull(victim, "victim is null");
        checkArgument(ageMillis >= 0, "ageMillis is negative");
    }
}
