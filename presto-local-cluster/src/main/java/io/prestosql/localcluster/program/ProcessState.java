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
package io.prestosql.localcluster.program;

/**
 * What a process does.
 */
public enum ProcessState
{
    /** It runs, or waits for something. */
    RUNNING,
    /** A signal has stopped it until another one lets it go on. */
    PAUSED,
    /** It has given up its memory, and with it its command line, but still holds its files and ports. */
    EXITING,
    /** There is no such process, or only its exit status is left. */
    GONE,
}
