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
package io.prestosql.coordinator;

/**
 * A dispatcher gave an order in an epoch that is over.
 */
public class DeposedLeaderException
        extends RuntimeException
{
    public DeposedLeaderException(long epoch, long highestEpoch)
    {
        super("The leader of epoch %s has been deposed: epoch %s is known".formatted(epoch, highestEpoch));
    }
}
