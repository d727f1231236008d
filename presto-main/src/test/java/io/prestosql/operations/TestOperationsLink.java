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
package io.prestosql.operations;

import com.google.common.io.Resources;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;

import static com.google.common.io.Resources.getResource;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

public class TestOperationsLink
{
    private static final String SCRIPT = "src=\"assets/js/operations-link.js\"";

    @Test
    public void testPages()
            throws IOException
    {
        for (String page : List.of("index.html", "query.html", "workers.html", "worker.html")) {
            String original = read(page);
            assertThat(original).contains("</body>").doesNotContain(SCRIPT);
            String linked = OperationsLink.addScript(original);
            assertThat(linked).containsOnlyOnce(SCRIPT);
            assertThat(linked.replaceAll("<script[^>]*operations-link[^>]*></script>\n", "")).isEqualTo(original);
        }
        assertThat(read("assets/js/operations-link.js")).contains("operations.html");
    }

    @Test
    public void testTextThatIsNoPageIsUnchanged()
    {
        assertThat(OperationsLink.addScript("text")).isEqualTo("text");
    }

    @Test
    public void testPageNeedsNoOtherHost()
            throws IOException
    {
        for (String file : List.of("operations.html", "assets/js/operations.js", "assets/js/operations-link.js", "assets/css/operations.css", "history.html", "assets/js/history.js", "assets/css/history.css")) {
            String content = read(file)
                    .replace("http://www.apache.org/licenses/LICENSE-2.0", "");
            assertThat(content).as(file)
                    .doesNotContain("http:", "https:", "\"//", "'//", "@import")
                    // data from a server is shown as text and never becomes markup
                    .doesNotContainIgnoringCase("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(");
        }
    }

    private static String read(String file)
            throws IOException
    {
        return Resources.toString(getResource("webapp/" + file), UTF_8);
    }
}
