import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Row-major numbers; those of float32 are held as double, rounded to float. */
record Tensor(String dtype, int[] shape, double[] data) {
    /** A tensor of zeros. */
    Tensor(String dtype, int... shape) {
        this(dtype, shape, new double[count(shape)]);
    }

    /** Double reads "NaN", "Infinity" and "-Infinity" as they are meant. */
    static Tensor ofJson(Map<?, ?> json) {
        Stream<String> shape = ((List<?>) json.get("shape")).stream().map(Object::toString);
        Stream<String> data = ((List<?>) json.get("data")).stream().map(Object::toString);
        return new Tensor((String) json.get("dtype"),
            shape.mapToInt(Integer::parseInt).toArray(),
            data.mapToDouble(Double::parseDouble).toArray());
    }

    Map<String, ?> toJson() {
        List<Integer> lengths = Arrays.stream(shape).boxed().toList();
        List<Double> numbers = Arrays.stream(data).boxed().toList();
        return Map.of("dtype", dtype, "shape", lengths, "data", numbers);
    }

    /** How many numbers a shape has room for. */
    static int count(int... shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    int axes() {
        return shape.length;
    }

    /** Where the number of an index lies in the data. */
    int place(int a, int b, int c, int d) {
        return ((a * shape[1] + b) * shape[2] + c) * shape[3] + d;
    }

    double at(int a, int b, int c, int d) {
        return data[place(a, b, c, d)];
    }

    /** Store a number. Sums are added up in double, so that they are rounded once, here. */
    void set(int place, double value) {
        data[place] = dtype.equals("float32") ? (float) value : value;
    }
}
