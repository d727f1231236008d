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
package io.prestosql.localcluster.report;

import com.google.common.collect.ImmutableList;

import java.util.List;

/**
 * A command cannot do what it was asked to do. The message says why, and what the user can do about it.
 */
public class ClusterException
        extends RuntimeException
{
    private final ImmutableList<String> details;

    public ClusterException(String message)
    {
        this(message, ImmutableList.of());
    }

    /**
     * @param details lines that go with the message, such as those of a log
     */
    public ClusterException(String message, List<String> details)
    {
        super(message);
        this.details = ImmutableList.copyOf(details);
    }

    public ClusterException(String message, Throwable cause)
    {
        super(message, cause);
        this.details = ImmutableList.of();
    }

    /**
     * The user has ended the command. The thread is interrupted again, so that it waits for nothing else.
     */
    public static ClusterException interrupted()
    {
        Thread.currentThread().interrupt();
        return new ClusterException("interrupted");
    }

    public List<String> details()
    {
        return details;
    }
}
