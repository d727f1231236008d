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
package io.prestosql.rpc;

/**
 * A coordinator has answered a call with another status than the caller expects.
 */
public class CoordinatorCallException
        extends RuntimeException
{
    private final int status;

    /**
     * @param status the HTTP status
     */
    public CoordinatorCallException(int status, String message)
    {
        super("Coordinator answered with status %s: %s".formatted(status, message));
        this.status = status;
    }

    public int getStatus()
    {
        return status;
    }

    /**
     * Returns whether the call certainly did nothing and never will: the order was refused, the coordinator is starting or stopping, or no
     * coordinator answered. Every other unexpected answer leaves that open.
     */
    public boolean isRefusal()
    {
        return (status >= 400 && status < 500) || status == 503;
    }

    /**
     * Returns, for a report call, whether the coordinator has a lease from the dispatchers of another query log.
     */
    public boolean isOtherQueue()
    {
        return status == 409;
    }

    /**
     * Returns, for an order to start a query, whether the coordinator's process has run the query before, and so will not run it again.
     */
    public boolean isRepetition()
    {
        return status == 410;
    }

    /**
     * Returns whether the coordinator knows a newer leader than the one that has called.
     */
    public boolean isDeposed()
    {
        return status == 412;
    }
}
