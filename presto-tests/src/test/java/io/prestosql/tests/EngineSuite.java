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

import io.prestosql.testing.SharedQueryRunner;
import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.annotation.Retention;
import java.lang.annotation.Target;

import static java.lang.annotation.ElementType.TYPE;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

/**
 * One of the engine's own suites. The long tier runs all of its cases, the short tier a fixed sample.
 */
@Target(TYPE)
@Retention(RUNTIME)
@ExtendWith({ExcludedCases.class, ShortTierSample.class, SharedQueryRunner.class})
@interface EngineSuite
{
    /**
     * The short tier runs one case in this many: those whose hash is divisible by it.
     */
    int shortTierOneIn();

    /**
     * Cases that the short tier runs regardless of their hash, as they show what others do not.
     */
    String[] shortTierAlways() default {};
}
