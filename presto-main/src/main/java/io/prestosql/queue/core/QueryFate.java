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
package io.prestosql.queue.core;

/**
 * The fate of a query whose coordinator was lost, or that an earlier leader had dispatched.
 */
public enum QueryFate
{
    /** The coordinator has it, and goes on with it. */
    FOUND,
    /** The coordinator had already run it to its end when it first reported to this leader. */
    FOUND_OVER,
    /** The coordinator does not have it and never will: it goes to another one. */
    NOT_STARTED,
    /** The coordinator is lost, and the query is run again on another one. */
    RUN_AGAIN,
    /** It is not with the coordinator any more, and was to be stopped. */
    STOPPED,
    /** It was lost with the coordinator. */
    FAILED,
}
