import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON, of which Java has none: as Map, List, String, Long, Double, Boolean and null. */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** Read one value; IllegalArgumentException if it is malformed. */
    static Object read(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.demand(json.peek() == '\0');
        return value;
    }

    /** Write one value; NaN and the infinities become strings, since JSON has none. */
    static String write(Object value) {
        if (value instanceof Map<?, ?> map) {
            List<String> members = new ArrayList<>();
            map.forEach((key, member) -> members.add(write(key) + ": " + write(member)));
            return "{" + String.join(", ", members) + "}";
        }
        if (value instanceof List<?> list) {
            return "[" + String.join(", ", list.stream().map(Json::write).toList()) + "]";
        }
        boolean plain = value instanceof Double number
            ? Double.isFinite(number)
            : value == null || value instanceof Number || value instanceof Boolean;
        return plain ? String.valueOf(value) : quoted(String.valueOf(value));
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            boolean escaped = c < ' ' || c == '"' || c == '\\';
            quoted.append(escaped ? String.format("\\u%04x", (int) c) : c);
        }
        return quoted.append('"').toString();
    }

    private void demand(boolean wellFormed) {
        if (!wellFormed) {
            throw new IllegalArgumentException("malformed JSON at character " + at);
        }
    }

    /** The next character that is not a space; '\0' at the end. */
    private char peek() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private boolean skip(char wanted) {
        boolean found = peek() == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private Object value() {
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            default -> word();
        };
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        while (!skip('}')) {
            demand(members.isEmpty() || skip(','));
            demand(peek() == '"');
            String key = string();
            demand(skip(':'));
            members.put(key, value());
        }
        return members;
    }

    private List<Object> array() {
        List<Object> elements = new ArrayList<>();
        at++;
        while (!skip(']')) {
            demand(elements.isEmpty() || skip(','));
            elements.add(value());
        }
        return elements;
    }

    private String string() {
        StringBuilder string = new StringBuilder();
        for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
            string.append(text.charAt(at) == '\\' ? escaped() : text.charAt(at));
        }
        demand(at < text.length());
        at++;
        return string.toString();
    }

    private char escaped() {
        at++;
        demand(at < text.length());
        char c = text.charAt(at);
        if (c == 'u') {
            demand(at + 4 < text.length());
            at += 4;
            return (char) Integer.parseInt(text.substring(at - 3, at + 1), 16);
        }
        int known = "bfnrt".indexOf(c);
        return known < 0 ? c : "\b\f\n\r\t".charAt(known);
    }

    /** A number, true, false or null. */
    private Object word() {
        int start = at;
        while (at < text.length() && "+-.".indexOf(text.charAt(at)) >= 0
            || at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
            at++;
        }
        String word = text.substring(start, at);
        return switch (word) {
            case "null" -> null;
            case "true", "false" -> Boolean.valueOf(word);
            default -> word.matches("-?\\d{1,18}") ? (Object) Long.valueOf(word) : number(word);
        };
    }

    private Double number(String word) {
        demand(word.matches("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?"));
        return Double.valueOf(word);
    }
}
