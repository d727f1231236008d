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
package io.prestosql.fleet.core;

/**
 * A dispatcher's knowledge of whether a coordinator is alive.
 */
public enum CoordinatorHealth
{
    /** It was announced, and has not been reached yet. */
    UNKNOWN,
    ANSWERING,
    /** It does not answer, which may pass: it keeps its queries, and gets no new ones. */
    SILENT,
    /** Its process is dead. */
    GONE,
}
