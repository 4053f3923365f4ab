import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where the windows of a convolution or a pool lie, on each of the two axes. */
record Windows(Axis height, Axis width) {
    private static final int MOST = 1_000_000; // so that no sum of sizes overflows

    /** A cell of the input, and the cell of the window that lies on it. */
    record Cell(int m, int n, int row, int column) {}

    /** Windows on one axis; before and after are cells of padding. */
    record Axis(int size, int window, int stride, int before, int after) {
        /** floor((H + P - F) / S) + 1. */
        int output() {
            return (size + before + after - window) / stride + 1;
        }

        /** The cell under cell m of window i; it is in the padding unless it is inside. */
        int cell(int i, int m) {
            return i * stride + m - before;
        }

        boolean inside(int cell) {
            return 0 <= cell && cell < size;
        }
    }

    /** Lay out windows over an input of some shape, as the attributes say. */
    static Windows of(int[] shape, int[] window, int[] usual, Map<?, ?> attributes) {
        Object given = attributes.get("strides");
        Object padding = attributes.containsKey("padding") ? attributes.get("padding") : "valid";
        int[] strides = given == null ? usual : pair("strides", given, 1);
        return new Windows(
            axis("height", shape[1], window[0], strides[0], side(padding, 0)),
            axis("width", shape[2], window[1], strides[1], side(padding, 1)));
    }

    private static Axis axis(String name, int size, int window, int stride, Object padding) {
        Refusal.unless(size >= 1 && window >= 1, "the input and the window must have a " + name);
        int[] pads = pads(padding, size, window, stride);
        int padded = size + pads[0] + pads[1];
        String sizes = window + " exceeds the padded input " + name + " " + padded;
        Refusal.unless(window <= padded, "window " + name + " " + sizes);
        return new Axis(size, window, stride, pads[0], pads[1]);
    }

    /** The padding of one axis, where it is given for each: ((top, bottom), (left, right)). */
    private static Object side(Object padding, int axis) {
        if (!(padding instanceof List<?> sides)) {
            return padding;
        }
        boolean nested = sides.size() == 2 && sides.get(axis) instanceof List;
        Refusal.unless(nested, "padding must be ((top, bottom), (left, right)), not " + padding);
        return sides.get(axis);
    }

    /** Cells before and after; "same" adds the fewest for which ceil(H / S) windows fit. */
    private static int[] pads(Object padding, int size, int window, int stride) {
        if (padding.equals("valid")) {
            return new int[] {0, 0};
        }
        if (!padding.equals("same")) {
            return pair("padding", padding, 0);
        }
        int outputs = (size + stride - 1) / stride;
        int total = Math.max((outputs - 1) * stride + window - size, 0);
        return new int[] {total / 2, total - total / 2};
    }

    /** An integer for both, or a list of two. */
    static int[] pair(String name, Object value, int least) {
        List<?> both = value instanceof List<?> list ? list : List.of(value, value);
        boolean legal = both.size() == 2 && both.stream().allMatch(v -> isLegal(v, least));
        Refusal.unless(legal, name + " must be integers of at least " + least + ", not " + value);
        return both.stream().mapToInt(v -> ((Long) v).intValue()).toArray();
    }

    private static boolean isLegal(Object value, int least) {
        return value instanceof Long number && least <= number && number <= MOST;
    }

    /** The input cells under window (i, j); those in the padding are left out. */
    List<Cell> cells(int i, int j) {
        List<Cell> cells = new ArrayList<>();
        for (int m = 0; m < height.window; m++) {
            for (int n = 0; n < width.window; n++) {
                int row = height.cell(i, m);
                int column = width.cell(j, n);
                if (height.inside(row) && width.inside(column)) {
                    cells.add(new Cell(m, n, row, column));
                }
            }
        }
        return cells;
    }
}
