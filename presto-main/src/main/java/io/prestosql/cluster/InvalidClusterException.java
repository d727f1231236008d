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
package io.prestosql.cluster;

import com.google.common.collect.ImmutableList;

import java.util.List;

/**
 * The definition of a cluster is wrong. Each problem names the property, and the file and line where it is, and how to mend it.
 */
public class InvalidClusterException
        extends RuntimeException
{
    private final List<String> problems;

    public InvalidClusterException(List<String> problems)
    {
        super(String.join("; ", problems));
        this.problems = ImmutableList.copyOf(problems);
    }

    public List<String> problems()
    {
        return problems;
    }
}
