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
package io.prestosql.localcluster.command;

import com.google.common.base.Splitter;
import io.prestosql.localcluster.cluster.ClusterRequest;
import io.prestosql.localcluster.cluster.NodeRequest;
import io.prestosql.localcluster.cluster.QueryLogStore;
import io.prestosql.localcluster.cluster.Setting;
import io.prestosql.localcluster.report.InvalidOptionException;
import io.prestosql.localcluster.server.EtcFile;
import io.prestosql.localcluster.server.ServerProperty;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.nio.file.Path;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static java.util.regex.Pattern.DOTALL;

/**
 * Reads the values of options of a start.
 */
final class OptionConverters
{
    private static final Splitter ROLES = Splitter.on(',');

    private OptionConverters() {}

    static final class Node
            implements ITypeConverter<NodeRequest>
    {
        private static final Pattern SYNTAX = Pattern.compile("([^=]+)=(.+)");

        @Override
        public NodeRequest convert(String value)
        {
            return OptionConverters.convert(SYNTAX, value, "expected NAME=ROLE,ROLE…", matcher -> new NodeRequest(matcher.group(1), ROLES.splitToList(matcher.group(2))));
        }
    }

    static final class RequestedCluster
            implements ITypeConverter<ClusterRequest>
    {
        private static final Pattern SYNTAX = Pattern.compile(".+", DOTALL);

        @Override
        public ClusterRequest convert(String value)
        {
            return OptionConverters.convert(SYNTAX, value, "expected NAME or NAME:OPTION=VALUE,…", matcher -> ClusterRequest.parse(matcher.group()));
        }
    }

    static final class Property
            implements ITypeConverter<Setting<ServerProperty>>
    {
        private static final Pattern SYNTAX = Pattern.compile("([^:=]+):([A-Za-z0-9._-]+)=(.*)");

        @Override
        public Setting<ServerProperty> convert(String value)
        {
            return OptionConverters.convert(SYNTAX, value, "expected WHO:NAME=VALUE", matcher -> new Setting<>(matcher.group(1), new ServerProperty(matcher.group(2), matcher.group(3))));
        }
    }

    static final class JvmOption
            implements ITypeConverter<Setting<String>>
    {
        private static final Pattern SYNTAX = Pattern.compile("([^:=]+):(-.*)");

        @Override
        public Setting<String> convert(String value)
        {
            return OptionConverters.convert(SYNTAX, value, "expected WHO:OPTION, and an option begins with '-'", matcher -> new Setting<>(matcher.group(1), matcher.group(2)));
        }
    }

    static final class Etc
            implements ITypeConverter<Setting<EtcFile>>
    {
        private static final Pattern SYNTAX = Pattern.compile("([^:=]+):([^=]+)=(.+)");

        @Override
        public Setting<EtcFile> convert(String value)
        {
            return OptionConverters.convert(SYNTAX, value, "expected WHO:PATH=FILE", matcher -> new Setting<>(matcher.group(1), new EtcFile(matcher.group(2), Path.of(matcher.group(3)))));
        }
    }

    static final class Store
            implements ITypeConverter<QueryLogStore>
    {
        @Override
        public QueryLogStore convert(String value)
        {
            return Stream.of(QueryLogStore.values())
                    .filter(store -> store.toString().equals(value))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("expected embedded, postgresql or memory, not " + value));
        }
    }

    private static <T> T convert(Pattern syntax, String value, String expectation, Function<Matcher, T> constructor)
    {
        Matcher matcher = syntax.matcher(value);
        if (!matcher.matches()) {
            throw new TypeConversionException("%s: %s".formatted(value, expectation));
        }
        try {
            return constructor.apply(matcher);
        }
        catch (InvalidOptionException e) {
            throw new TypeConversionException("%s: %s".formatted(value, e.getMessage()));
        }
    }
}
