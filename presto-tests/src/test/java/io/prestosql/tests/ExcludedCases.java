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
package io.prestosql.tests;

/**
 * Why cases of the engine's own suites do not run here.
 */
final class ExcludedCases
{
    /** The case reads statistics, or cancels, through the Java objects of the one stock coordinator that it thinks it has. */
    static final String LOOKS_INTO_A_STOCK_COORDINATOR = "Looks into the Java objects of a stock coordinator";

    /** The case writes into the session's catalog. The connectors at hand that take tables keep them in the coordinator's memory, and there are two. */
    static final String WRITES_TABLES = "Writes tables, which the memory connector keeps in one coordinator";

    private ExcludedCases() {}
}
