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

import io.prestosql.localcluster.artifact.Checkout;
import io.prestosql.localcluster.cluster.Cluster;
import io.prestosql.localcluster.cluster.ClusterProgram;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.report.Messages;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The program behind {@code bin/local-cluster}, which says where the checkout is and how the user calls the program.
 */
@Command(
        name = LocalClusterCommand.NAME,
        header = "A cluster of separate server processes on this machine, from the tarball.%n",
        synopsisSubcommandLabel = "COMMAND",
        usageHelpWidth = LocalClusterCommand.HELP_WIDTH,
        separator = " ",
        footer = {
                "%nNODE is the name of a server, or \"postgresql\", or \"load-balancer\".",
                "'" + LocalClusterCommand.NAME + " COMMAND --help' shows the options of a command.",
                "Needs a JDK: bin/find-java says which one and where it is looked for.",
        },
        subcommands = {
                StartCommand.class,
                StatusCommand.class,
                StopCommand.class,
                KillCommand.class,
                PauseCommand.class,
                ResumeCommand.class,
                RestartCommand.class,
                LogsCommand.class,
                CommandLineClientCommand.class,
                HelpCommand.class,
                GenerateCompletion.class,
        })
public final class LocalClusterCommand
        implements Runnable
{
    static final String NAME = "local-cluster";
    static final int HELP_WIDTH = 120;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "The cluster's folder, in any place, with every command: several clusters can run side by side. Default: target/local-cluster")
    private Optional<Path> directory;

    private final ClusterProgram program;
    private final Messages messages;

    LocalClusterCommand(ClusterProgram program, Messages messages)
    {
        this.program = requireNonNull(program, "program is null");
        this.messages = requireNonNull(messages, "messages is null");
    }

    public static void main(String[] arguments)
    {
        Checkout checkout = new Checkout(Path.of(required("local-cluster.root")));
        ClusterProgram program = new ClusterProgram(checkout, required("local-cluster.program"));
        System.exit(commandLine(program, new Messages(NAME, System.out, System.err)).execute(arguments));
    }

    private static String required(String property)
    {
        return requireNonNull(System.getProperty(property), () -> "System property %s is not set: use bin/local-cluster".formatted(property));
    }

    static CommandLine commandLine(ClusterProgram program, Messages messages)
    {
        CommandLine commandLine = new CommandLine(new LocalClusterCommand(program, messages))
                // a value may begin with @
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((exception, _) -> {
                    messages.problem(exception.getMessage());
                    messages.note("Try '%s --help'.".formatted(exception.getCommandLine().getCommandSpec().qualifiedName()));
                    return CommandLine.ExitCode.USAGE;
                });
        addHelp(commandLine);
        commandLine.getSubcommands().values().stream()
                .filter(command -> command.getCommand() instanceof ClusterCommand && !(command.getCommand() instanceof CommandLineClientCommand))
                .forEach(LocalClusterCommand::addHelp);
        // options other than ours are the client's, which has a help of its own
        commandLine.getSubcommands().get(CommandLineClientCommand.NAME).setUnmatchedOptionsArePositionalParams(true);
        return commandLine;
    }

    private static void addHelp(CommandLine command)
    {
        command.getCommandSpec().addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and exit")
                .build());
    }

    @Override
    public void run()
    {
        throw new ParameterException(spec.commandLine(), "which command?");
    }

    Messages messages()
    {
        return messages;
    }

    ClusterProgram program()
    {
        return program;
    }

    Cluster cluster()
    {
        if (directory.isPresent() && directory.get().toString().isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--dir needs a folder");
        }
        ClusterFolder folder = directory.map(ClusterFolder::of).orElseGet(program::defaultFolder);
        return new Cluster(program, folder, messages);
    }
}
