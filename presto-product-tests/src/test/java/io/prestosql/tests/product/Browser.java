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
import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import io.prestosql.localcluster.artifact.DebianPackages;
import io.prestosql.localcluster.program.ForegroundProgram;
import org.openqa.selenium.By;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * A headless Chromium: the installed one with its {@code chromedriver}, or on Debian one that is fetched to
 * {@code target/product-tests-chromium}, without root rights. It reaches only this machine.
 */
final class Browser
        implements AutoCloseable
{
    private static final Logger log = Logger.get(Browser.class);
    private static final Duration LOAD_TIMEOUT = Duration.ofSeconds(60);
    /** The page may redraw itself at any time, so reads are repeated. */
    private static final int ATTEMPTS = 20;

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver)
    {
        this.driver = requireNonNull(driver, "driver is null");
    }

    static Browser start()
    {
        Installation installation = Installation.findInstalled().orElseGet(Installation::fetch);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(installation.driver().toFile())
                .usingAnyFreePort()
                .withEnvironment(installation.environment())
                .build();
        ChromeOptions options = new ChromeOptions();
        options.setBinary(installation.browser().toFile());
        // the tests' servers have certificates that are made for the run
        options.setAcceptInsecureCerts(true);
        options.addArguments(
                "--headless=new",
                // of no use in a container, and not possible for root
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--window-size=1280,1600",
                // the engine's pages ask another host for a font
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
        ChromeDriver driver = new ChromeDriver(service, options);
        driver.manage().timeouts().pageLoadTimeout(LOAD_TIMEOUT);
        log.info("Browser %s from %s", driver.getCapabilities().getBrowserVersion(), installation.browser());
        return new Browser(driver);
    }

    void open(URI uri)
    {
        driver.get(uri.toString());
    }

    /**
     * @return the name of the new tab, for {@link #switchTo}
     */
    String openInNewTab(URI uri)
    {
        driver.switchTo().newWindow(WindowType.TAB);
        open(uri);
        return currentTab();
    }

    String currentTab()
    {
        return driver.getWindowHandle();
    }

    void switchTo(String tab)
    {
        driver.switchTo().window(tab);
    }

    URI address()
    {
        return URI.create(driver.getCurrentUrl());
    }

    void type(String selector, String text)
    {
        driver.findElement(By.cssSelector(selector)).sendKeys(text);
    }

    void click(String selector)
    {
        driver.findElement(By.cssSelector(selector)).click();
    }

    /**
     * Returns the text of the visible element, or an empty text.
     */
    String text(String selector)
    {
        return read(selector, WebElement::getText).orElse("");
    }

    boolean isVisible(String selector)
    {
        return read(selector, WebElement::isDisplayed).orElse(false);
    }

    Optional<String> attribute(String selector, String name)
    {
        return read(selector, element -> Optional.ofNullable(element.getDomAttribute(name))).flatMap(value -> value);
    }

    /**
     * Returns the value of the attribute from all matching elements that have it.
     */
    List<String> attributes(String selector, String name)
    {
        Object values = driver.executeScript("return Array.from(document.querySelectorAll(arguments[0]), element => element.getAttribute(arguments[1]))", selector, name);
        return ((List<?>) values).stream()
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .collect(toImmutableList());
    }

    /**
     * Returns the addresses of everything that the page has loaded.
     */
    List<String> loaded()
    {
        Object names = driver.executeScript("return performance.getEntriesByType('resource').map(resource => resource.name)");
        return ((List<?>) names).stream()
                .map(String.class::cast)
                .collect(toImmutableList());
    }

    /**
     * Sends a request from a script of the page, with the log-ins of the browser.
     *
     * @return the status, or "refused" when the browser does not let the page send it or see its answer
     */
    String fetch(String method, URI uri, Map<String, String> headers, String body)
    {
        return driver.executeScript(
                "return fetch(arguments[0], {method: arguments[1], headers: arguments[2], body: arguments[3], credentials: 'include'})" +
                        ".then(response => String(response.status), () => 'refused')",
                uri.toString(),
                method,
                headers,
                body).toString();
    }

    /**
     * Sends the requests of the page's scripts for one address to a server that is silent, until {@link #endSilence} or until the page is
     * loaded again.
     *
     * @param address as the scripts have it
     * @param timeout how long the scripts wait for the answer; their timers of this length run 20 times as fast meanwhile
     */
    void beginSilence(String address, SilentServer server, Duration timeout)
    {
        driver.executeScript("""
                const [silent, server, timeout] = arguments;
                const {fetch, setTimeout} = window;
                window.fetch = (address, options) => fetch(address === silent ? server + '/' + address : address, options);
                window.setTimeout = (callback, millis) => setTimeout(callback, millis === timeout ? millis / 20 : millis);
                window.endSilence = () => Object.assign(window, {fetch, setTimeout});
                """, address, server.uri().toString(), timeout.toMillis());
    }

    void endSilence()
    {
        driver.executeScript("window.endSilence()");
    }

    private <T> Optional<T> read(String selector, Function<WebElement, T> value)
    {
        for (int attempt = 1; ; attempt++) {
            try {
                return Optional.of(value.apply(driver.findElement(By.cssSelector(selector))));
            }
            catch (NoSuchElementException _) {
                return Optional.empty();
            }
            catch (StaleElementReferenceException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * Saves a picture of the page in {@code target/screenshots}.
     */
    Path screenshot(String name)
    {
        try {
            Path file = Artifacts.target().resolve("screenshots").resolve(name + ".png");
            Files.createDirectories(file.getParent());
            return Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close()
    {
        driver.quit();
    }

    /**
     * @param environment the variables that the programs need to find their libraries
     */
    private record Installation(Path browser, Path driver, Map<String, String> environment)
    {
        private static final List<String> BROWSERS = ImmutableList.of("chromium", "google-chrome");

        private Installation
        {
            requireNonNull(browser, "browser is null");
            requireNonNull(driver, "driver is null");
            environment = ImmutableMap.copyOf(environment);
        }

        private static Optional<Installation> findInstalled()
        {
            return BROWSERS.stream()
                    .map(ForegroundProgram::find)
                    .flatMap(Optional::stream)
                    .findFirst()
                    .flatMap(browser -> ForegroundProgram.find("chromedriver").map(driver -> new Installation(browser, driver, ImmutableMap.of())));
        }

        private static Installation fetch()
        {
            Path root = DebianPackages.fetch(Artifacts.root().resolve("target/product-tests-chromium"), "chromium", "chromium-driver");
            return new Installation(
                    root.resolve("usr/lib/chromium/chromium"),
                    root.resolve("usr/bin/chromedriver"),
                    ImmutableMap.of("LD_LIBRARY_PATH", DebianPackages.libraryPath(root)));
        }
    }
}
