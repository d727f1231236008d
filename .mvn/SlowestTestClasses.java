import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Prints the test classes that took longest in a run of Maven. Takes the project's folder, and a file that is older than the reports of that
 * run. Prints nothing when no test ran.
 */
public final class SlowestTestClasses
{
    private static final int COUNT = 20;
    private static final Pattern SUITE = Pattern.compile("<testsuite [^>]*\\bname=\"([^\"]+)\" time=\"([\\d.,]+)\" tests=\"(\\d+)\"");

    private SlowestTestClasses() {}

    private record TestClass(String module, String name, double seconds, int tests) {}

    public static void main(String[] arguments)
            throws IOException
    {
        Path root = Path.of(arguments[0]);
        FileTime start = Files.getLastModifiedTime(Path.of(arguments[1]));
        List<TestClass> classes = new ArrayList<>();
        try (Stream<Path> modules = Files.list(root)) {
            for (Path module : modules.toList()) {
                Path reports = module.resolve("target").resolve("surefire-reports");
                if (Files.isDirectory(reports)) {
                    read(module.getFileName().toString(), reports, start, classes);
                }
            }
        }
        if (classes.isEmpty()) {
            return;
        }
        System.out.printf("%nSlowest of %s test classes, which ran %s tests in %.0f seconds:%n", classes.size(), classes.stream().mapToInt(TestClass::tests).sum(), classes.stream().mapToDouble(TestClass::seconds).sum());
        classes.stream()
                .sorted(Comparator.comparingDouble(TestClass::seconds).reversed())
                .limit(COUNT)
                .forEach(testClass -> System.out.printf("%8.1f s  %5d tests  %s  %s%n", testClass.seconds(), testClass.tests(), testClass.module(), testClass.name()));
    }

    private static void read(String module, Path reports, FileTime start, List<TestClass> classes)
            throws IOException
    {
        try (Stream<Path> files = Files.list(reports).filter(FileSystems.getDefault().getPathMatcher("glob:**/TEST-*.xml")::matches)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file).compareTo(start) < 0) {
                    continue;
                }
                Matcher suite = SUITE.matcher(Files.readString(file));
                if (suite.find()) {
                    classes.add(new TestClass(module, suite.group(1), Double.parseDouble(suite.group(2).replace(",", "")), Integer.parseInt(suite.group(3))));
                }
            }
        }
    }
}
