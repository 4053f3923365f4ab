import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers refcnn's questions about the operators in Cnn.java: one JSON object a line, on
 * standard output, which is for nothing else. What is to be seen by people goes to System.err.
 *
 * <pre>javac -d build examples/java/*.java && refcnn check --exec "java -cp build Harness"</pre>
 */
final class Harness {
    private static final Map<String, ?> STATEMENT = Map.of(
        "name", "Cnn.java", "layout", "NHWC", "kernel_layout", "HWIO",
        "dtypes", List.of("float32", "float64"), "operators", List.copyOf(Cnn.OPERATORS.keySet()),
        "implementation", Map.of("language", "Java", "version", Runtime.version().toString()));

    /** The member of the answer to a case: its name and its value. */
    private static Map.Entry<String, ?> run(Map<?, ?> question) {
        Cnn.Operator operator = Cnn.OPERATORS.get(question.get("operator"));
        if (operator == null) {
            return Map.entry("missing", "there is no operator " + question.get("operator"));
        }
        Map<String, Tensor> tensors = new HashMap<>();
        ((Map<?, ?>) question.get("inputs")).forEach(
            (name, tensor) -> tensors.put((String) name, Tensor.ofJson((Map<?, ?>) tensor)));
        try {
            Map<?, ?> attributes = (Map<?, ?>) question.get("attributes");
            Tensor y = operator.apply(new Cnn.Arguments(tensors, attributes));
            return Map.entry("tensor", y.toJson());
        } catch (RuntimeException error) { // a Refusal, or a mistake in Cnn.java that surfaced
            return Map.entry("refusal", Map.of("kind", error.getClass().getSimpleName(),
                "message", error.getMessage() + "", "deliberate", error instanceof Refusal));
        }
    }

    private static String answer(Map<?, ?> message) {
        boolean start = message.get("command").equals("start");
        Map.Entry<String, ?> answer =
            start ? Map.entry("statement", STATEMENT) : run((Map<?, ?>) message.get("case"));
        return Json.write(Map.of("seq", message.get("seq"), answer.getKey(), answer.getValue()));
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Map<?, ?> message = (Map<?, ?>) Json.read(line);
            if (message.get("command").equals("stop")) {
                return;
            }
            System.out.println(answer(message));
        }
    }
}
