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
package io.prestosql.testing;

import com.google.common.base.Splitter;
import com.google.common.reflect.ClassPath;
import com.google.common.reflect.ClassPath.ClassInfo;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/**
 * Finds the REST resources on the class path by their annotations.
 */
public final class RestResources
{
    private static final Pattern PARAMETER = Pattern.compile("\\{ *(\\w+)[^}]*}");
    private static final Splitter SLASH = Splitter.on('/').omitEmptyStrings();

    private RestResources() {}

    /**
     * @param packages prefixes of class names, each with its last dot
     */
    public static List<Class<?>> of(String... packages)
    {
        List<Class<?>> resources = new ArrayList<>();
        ClassLoader classLoader = RestResources.class.getClassLoader();
        try {
            for (ClassInfo info : ClassPath.from(classLoader).getTopLevelClasses()) {
                if (List.of(packages).stream().noneMatch(info.getName()::startsWith) || info.getName().contains(".testing.") || info.getSimpleName().startsWith("Test")) {
                    continue;
                }
                if (info.asByteSource().asCharSource(ISO_8859_1).read().contains("Ljakarta/ws/rs/Path;")) {
                    Class<?> type = Class.forName(info.getName(), false, classLoader);
                    if (type.isAnnotationPresent(Path.class)) {
                        resources.add(type);
                    }
                }
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        catch (ClassNotFoundException e) {
            throw new RuntimeException(e);
        }
        return resources;
    }

    /**
     * Returns the operations that the resource offers to clients.
     */
    public static List<Operation> operations(Class<?> resource)
    {
        List<Operation> operations = new ArrayList<>();
        for (Method method : resource.getMethods()) {
            for (Annotation annotation : method.getAnnotations()) {
                HttpMethod httpMethod = annotation.annotationType().getAnnotation(HttpMethod.class);
                if (httpMethod != null) {
                    String path = path(resource);
                    if (method.isAnnotationPresent(Path.class)) {
                        path = path.equals("/") ? path(method.getAnnotation(Path.class)) : path + path(method.getAnnotation(Path.class));
                    }
                    operations.add(new Operation(httpMethod.value(), path));
                }
            }
        }
        return operations;
    }

    /**
     * Returns the path that all methods of the resource share.
     */
    public static String path(Class<?> resource)
    {
        return path(resource.getAnnotation(Path.class));
    }

    private static String path(Path path)
    {
        return "/" + String.join("/", SLASH.split(path.value()));
    }

    /**
     * @param path may contain parameters, such as {@code {queryId}}
     */
    public record Operation(String method, String path)
    {
        /**
         * @param values the value of each parameter, by its name
         */
        public Operation withParameters(UnaryOperator<String> values)
        {
            return new Operation(method, PARAMETER.matcher(path).replaceAll(parameter -> Matcher.quoteReplacement(values.apply(parameter.group(1)))));
        }
    }
}
