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
package io.prestosql.tests.product;

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.artifact.DebianPackages;
import io.prestosql.localcluster.program.ForegroundProgram;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.MoreCollectors.onlyElement;
import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static java.time.Duration.ofMillis;
import static java.util.regex.Pattern.DOTALL;
import static org.awaitility.Awaitility.await;

/**
 * A load balancer with TLS, configured by the exact text of the deployment guide; only addresses and files are this machine's. It ends with
 * this object, and with this process, even if that is killed.
 */
final class LoadBalancer
        implements AutoCloseable
{
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final String DOCUMENTED_DISPATCHER = "dispatcher-%s.example.net:8080";
    private static final String DOCUMENTED_CERTIFICATE = "/etc/ssl/presto.pem";
    private static final int DOCUMENTED_DISPATCHERS = 3;

    private final URI uri;
    private final Path log;
    private final Process process;
    private final Watchdog watchdog;
    private final Thread shutdownHook;

    private LoadBalancer(Process process, int port, Path log)
    {
        this.process = process;
        this.uri = URI.create("https://127.0.0.1:" + port);
        this.log = log;
        this.watchdog = Watchdog.start("kill -9 \"$0\"", String.valueOf(process.pid()));
        this.shutdownHook = new Thread(process::destroyForcibly, "stop-load-balancer");
        Runtime.getRuntime().addShutdownHook(shutdownHook);
    }

    static LoadBalancer start(LoadBalancerProgram program, String name, ServerCertificate certificate, List<URI> dispatchers)
    {
        return start(program, name, certificate, dispatchers, UnaryOperator.identity());
    }

    /**
     * @param name the name of its folder in the build output, where its log is
     * @param dispatchers one for each dispatcher in the guide
     * @param change the test's change to the guide's text
     */
    static LoadBalancer start(LoadBalancerProgram program, String name, ServerCertificate certificate, List<URI> dispatchers, UnaryOperator<String> change)
    {
        checkState(dispatchers.size() == DOCUMENTED_DISPATCHERS, "not %s dispatchers: %s", DOCUMENTED_DISPATCHERS, dispatchers);
        Path directory = Artifacts.target().resolve("load-balancer-%s-%s".formatted(name, program.program()));
        int port = FreePorts.consecutivePorts(1);
        try {
            if (Files.exists(directory)) {
                deleteRecursively(directory, ALLOW_INSECURE);
            }
            Files.createDirectories(directory);
            Path pem = Files.writeString(directory.resolve("presto.pem"), certificate.certificatePem() + certificate.keyPem());
            String configuration = change.apply(documented(program));
            configuration = replace(configuration, program.address(LoadBalancerProgram.DOCUMENTED_PORT), program.address(port));
            configuration = replace(configuration, DOCUMENTED_CERTIFICATE, pem.toString());
            for (int i = 0; i < dispatchers.size(); i++) {
                configuration = replace(configuration, DOCUMENTED_DISPATCHER.formatted(i + 1), dispatchers.get(i).getAuthority());
            }
            Path file = Files.writeString(directory.resolve(program.program() + ".conf"), program.complete(configuration, directory));
            Path log = directory.resolve("output.log");
            Optional<Path> installed = ForegroundProgram.find(program.program());
            Path root = installed.isPresent() ? Path.of("/") : DebianPackages.fetch(Artifacts.root().resolve("target/product-tests-" + program.program()), program.program());
            ProcessBuilder builder = new ProcessBuilder(ImmutableList.<String>builder()
                    .add(installed.orElseGet(() -> root.resolve("usr/sbin").resolve(program.program())).toString())
                    .addAll(program.arguments(file))
                    .build())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            if (installed.isEmpty()) {
                builder.environment().put("LD_LIBRARY_PATH", DebianPackages.libraryPath(root));
            }
            LoadBalancer loadBalancer = new LoadBalancer(builder.start(), port, log);
            loadBalancer.awaitStarted();
            return loadBalancer;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the configuration in the guide.
     */
    private static String documented(LoadBalancerProgram program)
            throws IOException
    {
        String guide = Files.readString(Artifacts.root().resolve("presto-docs/src/main/markdown/deployment.md"));
        return Pattern.compile("^```%s\\n(.*?)^```$".formatted(program.program()), Pattern.MULTILINE | DOTALL).matcher(guide).results()
                .map(block -> block.group(1))
                .collect(onlyElement());
    }

    private static String replace(String text, String documented, String actual)
    {
        checkState(text.contains(documented), "%s is not in the guide: %s", documented, text);
        return text.replace(documented, actual);
    }

    private void awaitStarted()
    {
        try {
            await().atMost(START_TIMEOUT).pollInterval(ofMillis(20)).until(() -> {
                checkState(process.isAlive(), "the load balancer has ended: %s", Files.readString(log));
                try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), uri.getPort())) {
                    return true;
                }
                catch (IOException _) {
                    return false;
                }
            });
        }
        catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    URI uri()
    {
        return uri;
    }

    List<String> logLines()
    {
        try {
            return Files.readAllLines(log);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close()
    {
        try {
            process.destroyForcibly().waitFor();
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        watchdog.cancel();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        }
        catch (IllegalStateException _) {
            // this process is ending, and the hook already runs
        }
    }
}
