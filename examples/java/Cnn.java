import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The operators of a convolutional network, in plain loops.
 *
 * <p>Activations are NHWC (batch, height, width, channels), convolution kernels HWIO (height,
 * width, input channels, filters).
 */
final class Cnn {
    static final Map<String, Operator> OPERATORS = new LinkedHashMap<>();

    static {
        OPERATORS.put("conv2d", Cnn::conv2d);
        OPERATORS.put("max_pool2d", given -> pool(given, Cnn::largest));
        OPERATORS.put("avg_pool2d", given -> pool(given, Cnn::mean));
        OPERATORS.put("global_avg_pool2d", Cnn::globalAvgPool2d);
        OPERATORS.put("flatten", Cnn::flatten);
        OPERATORS.put("dense", Cnn::dense);
        OPERATORS.put("relu", Cnn::relu);
        OPERATORS.put("softmax", Cnn::softmax);
    }

    private Cnn() {}

    interface Operator {
        Tensor apply(Arguments given);
    }

    /** Tensors by name, "x", "kernel" and perhaps "bias", and attributes as JSON has them. */
    record Arguments(Map<String, Tensor> tensors, Map<?, ?> attributes) {
        /** A tensor that must have so many axes and the dtype of x. */
        Tensor tensor(String name, int axes) {
            Tensor t = tensors.get(name);
            Refusal.unless(t != null, name + " is not given");
            String shape = Arrays.toString(t.shape());
            Refusal.unless(t.axes() == axes, name + " must have " + axes + " axes, not " + shape);
            Refusal.unless(t.dtype().equals(x().dtype()), name + " and x differ in dtype");
            return t;
        }

        Tensor x() {
            return tensors.get("x");
        }

        /** The biases of so many outputs: zeros if there are none. */
        double[] biases(int outputs) {
            if (!tensors.containsKey("bias")) {
                return new double[outputs];
            }
            double[] biases = tensor("bias", 1).data();
            String lengths = biases.length + " biases for " + outputs + " outputs";
            Refusal.unless(biases.length == outputs, lengths);
            return biases;
        }
    }

    /** Computes one output from the cells under its window. */
    interface Sum {
        double of(int b, List<Windows.Cell> cells, int output);
    }

    /** Fill (batch, rows, columns, depth), one number for each place of the window. */
    private static Tensor slide(Tensor x, Windows windows, int depth, Sum sum) {
        int rows = windows.height().output();
        int columns = windows.width().output();
        Tensor y = new Tensor(x.dtype(), x.shape()[0], rows, columns, depth);
        for (int b = 0; b < x.shape()[0]; b++) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    List<Windows.Cell> cells = windows.cells(i, j);
                    for (int o = 0; o < depth; o++) {
                        y.set(y.place(b, i, j, o), sum.of(b, cells, o));
                    }
                }
            }
        }
        return y;
    }

    static Tensor conv2d(Arguments given) {
        Tensor x = given.tensor("x", 4);
        Tensor kernel = given.tensor("kernel", 4);
        int channels = x.shape()[3];
        int depth = kernel.shape()[2];
        Refusal.unless(depth == channels, "a kernel of depth " + depth + " for " + channels);
        double[] biases = given.biases(kernel.shape()[3]);
        int[] once = {1, 1};
        Windows windows = Windows.of(x.shape(), kernel.shape(), once, given.attributes());
        return slide(x, windows, biases.length, (b, cells, o) -> {
            double total = biases[o];
            for (Windows.Cell cell : cells) {
                for (int c = 0; c < channels; c++) {
                    total += kernel.at(cell.m(), cell.n(), c, o)
                        * x.at(b, cell.row(), cell.column(), c);
                }
            }
            return total;
        });
    }

    private static Tensor pool(Arguments given, ToDoubleFunction<double[]> choose) {
        Tensor x = given.tensor("x", 4);
        Object size = given.attributes().get("pool_size");
        Refusal.unless(size != null, "pool_size is not given");
        int[] window = Windows.pair("pool_size", size, 1);
        Windows windows = Windows.of(x.shape(), window, window, given.attributes());
        for (Windows.Axis axis : List.of(windows.height(), windows.width())) {
            boolean smaller = Math.max(axis.before(), axis.after()) < axis.window();
            Refusal.unless(smaller, "padding must be smaller than the pool");
        }
        return slide(x, windows, x.shape()[3], (b, cells, c) -> choose.applyAsDouble(
            cells.stream().mapToDouble(p -> x.at(b, p.row(), p.column(), c)).toArray()));
    }

    static Tensor globalAvgPool2d(Arguments given) {
        Tensor x = given.tensor("x", 4);
        int cells = x.shape()[1] * x.shape()[2];
        int channels = x.shape()[3];
        Refusal.unless(cells > 0, "x must have rows and columns");
        Tensor y = new Tensor(x.dtype(), x.shape()[0], channels);
        for (int b = 0; b < x.shape()[0]; b++) {
            for (int c = 0; c < channels; c++) {
                double total = 0;
                for (int k = 0; k < cells; k++) {
                    total += x.data()[(b * cells + k) * channels + c];
                }
                y.set(b * channels + c, total / cells);
            }
        }
        return y;
    }

    private static double largest(double[] values) {
        double largest = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    private static double mean(double[] values) {
        double total = 0;
        for (double value : values) {
            total += value;
        }
        return total / values.length;
    }

    static Tensor flatten(Arguments given) {
        Tensor x = given.x();
        Refusal.unless(x.axes() >= 2, "x must have a batch axis and at least one more");
        int features = Tensor.count(Arrays.copyOfRange(x.shape(), 1, x.axes()));
        return new Tensor(x.dtype(), new int[] {x.shape()[0], features}, x.data());
    }

    static Tensor dense(Arguments given) {
        Tensor x = given.tensor("x", 2);
        Tensor kernel = given.tensor("kernel", 2);
        int inputs = x.shape()[1];
        int rows = kernel.shape()[0];
        Refusal.unless(rows == inputs, "a kernel of " + rows + " rows for " + inputs + " inputs");
        double[] biases = given.biases(kernel.shape()[1]);
        Tensor y = new Tensor(x.dtype(), x.shape()[0], biases.length);
        for (int b = 0; b < x.shape()[0]; b++) {
            for (int o = 0; o < biases.length; o++) {
                double total = biases[o];
                for (int i = 0; i < inputs; i++) {
                    total += x.data()[b * inputs + i] * kernel.data()[i * biases.length + o];
                }
                y.set(b * biases.length + o, total);
            }
        }
        return y;
    }

    static Tensor relu(Arguments given) {
        Tensor x = given.x();
        Tensor y = new Tensor(x.dtype(), x.shape());
        for (int k = 0; k < x.data().length; k++) {
            y.set(k, Math.max(0, x.data()[k]));
        }
        return y;
    }

    static Tensor softmax(Arguments given) {
        Tensor x = given.x();
        int classes = x.axes() == 0 ? 0 : x.shape()[x.axes() - 1];
        Refusal.unless(classes >= 1, "x must have at least one class on its last axis");
        Tensor y = new Tensor(x.dtype(), x.shape());
        for (int first = 0; first < x.data().length; first += classes) {
            double[] logits = Arrays.copyOfRange(x.data(), first, first + classes);
            double largest = largest(logits); // taken off, so that no exponential overflows
            double[] powers = Arrays.stream(logits).map(v -> Math.exp(v - largest)).toArray();
            double total = Arrays.stream(powers).sum();
            for (int i = 0; i < classes; i++) {
                y.set(first + i, powers[i] / total);
            }
        }
        return y;
    }
}
