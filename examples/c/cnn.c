/* The operators of cnn.h in plain loops. Sums are added up in double and rounded once. */
#include "cnn.h"

#include "allocate.h"
#include "windows.h"

#include <math.h>
#include <string.h>

/* --- tensors */

size_t count_of(const struct tensor *t)
{
    size_t count = 1;
    for (int axis = 0; axis < t->axes; axis++)
        count *= (size_t)t->shape[axis];
    return count;
}

void make_tensor(struct tensor *y, const int *shape, int axes, int is_float32)
{
    y->is_float32 = is_float32;
    y->axes = axes;
    memcpy(y->shape, shape, (size_t)axes * sizeof *shape);
    y->data = allocate((count_of(y) + 1) * sizeof *y->data);
}

/* Where the number of an index lies in the data. */
static size_t at4(const struct tensor *t, int a, int b, int c, int d)
{
    const int *shape = t->shape;
    return (((size_t)a * shape[1] + b) * shape[2] + c) * shape[3] + d;
}

void store(struct tensor *y, size_t at, double value)
{
    y->data[at] = y->is_float32 ? (float)value : value;
}

/* --- what is legal */

static const char *check(const char *name, const struct tensor *t, int axes,
                         const struct tensor *x)
{
    if (t == NULL)
        return refuse("%s is not given", name);
    if (t->axes != axes)
        return refuse("%s has %d axes where it must have %d", name, t->axes, axes);
    if (t->is_float32 != x->is_float32)
        return refuse("%s and x are not of the same dtype", name);
    return NULL;
}

static const char *check_bias(const struct tensor *bias, int outputs, const struct tensor *x)
{
    const char *why = bias ? check("bias", bias, 1, x) : NULL;
    if (why == NULL && bias && bias->shape[0] != outputs)
        return refuse("a bias of %d numbers for %d outputs", bias->shape[0], outputs);
    return why;
}

/* --- the operators */

/* Cell (row - p.row, column - p.column) of the kernel lies on cell (row, column) of x. */
static double convolve(const struct arguments *given, struct patch p, int b, int o)
{
    const struct tensor *x = given->x, *kernel = given->kernel;
    double total = given->bias ? given->bias->data[o] : 0;
    for (int row = p.top; row < p.bottom; row++)
        for (int column = p.left; column < p.right; column++)
            for (int c = 0; c < x->shape[3]; c++)
                total += kernel->data[at4(kernel, row - p.row, column - p.column, c, o)]
                         * x->data[at4(x, b, row, column, c)];
    return total;
}

static double largest_of(const struct arguments *given, struct patch p, int b, int c)
{
    double best = -INFINITY;
    for (int row = p.top; row < p.bottom; row++)
        for (int column = p.left; column < p.right; column++) {
            double value = given->x->data[at4(given->x, b, row, column, c)];
            if (value > best || isnan(value))
                best = value;
        }
    return best;
}

static double mean_of(const struct arguments *given, struct patch p, int b, int c)
{
    double total = 0;
    for (int row = p.top; row < p.bottom; row++)
        for (int column = p.left; column < p.right; column++)
            total += given->x->data[at4(given->x, b, row, column, c)];
    return total / ((p.bottom - p.top) * (p.right - p.left));
}

typedef double compute(const struct arguments *given, struct patch p, int b, int o);

/* Fill y of (batch, rows, columns, depth) with one number for each place of the window. */
static void slide(const struct arguments *given, const struct layout *place, int depth,
                  compute *number, struct tensor *y)
{
    int shape[] = {given->x->shape[0], place->output[0], place->output[1], depth};
    make_tensor(y, shape, 4, given->x->is_float32);
    for (int b = 0; b < shape[0]; b++)
        for (int i = 0; i < shape[1]; i++)
            for (int j = 0; j < shape[2]; j++) {
                struct patch p = patch_under(place, i, j);
                for (int o = 0; o < depth; o++)
                    store(y, at4(y, b, i, j, o), number(given, p, b, o));
            }
}

const char *conv2d(const struct arguments *given, struct tensor *y)
{
    static const int ones[] = {1, 1};
    const struct tensor *x = given->x, *kernel = given->kernel;
    struct layout place;
    const char *why;
    if ((why = check("x", x, 4, x)) || (why = check("kernel", kernel, 4, x))
        || (why = check_bias(given->bias, kernel->shape[3], x)))
        return why;
    if (kernel->shape[2] != x->shape[3])
        return refuse("kernel depth %d for %d channels", kernel->shape[2], x->shape[3]);
    if ((why = lay_out(&place, given, kernel->shape, ones)))
        return why;
    slide(given, &place, kernel->shape[3], convolve, y);
    return NULL;
}

static const char *pool(const struct arguments *given, compute *number, struct tensor *y)
{
    struct layout place;
    const char *why;
    if ((why = check("x", given->x, 4, given->x))
        || (why = lay_out(&place, given, given->pool_size, given->pool_size)))
        return why;
    for (int axis = 0; axis < 2; axis++)
        if (place.before[axis] >= place.window[axis] || place.after[axis] >= place.window[axis])
            return refuse("padding must be smaller than the pool %s", SIDES[axis]);
    slide(given, &place, given->x->shape[3], number, y);
    return NULL;
}

const char *max_pool2d(const struct arguments *given, struct tensor *y)
{
    return pool(given, largest_of, y);
}

const char *avg_pool2d(const struct arguments *given, struct tensor *y)
{
    return pool(given, mean_of, y);
}

const char *global_avg_pool2d(const struct arguments *given, struct tensor *y)
{
    const struct tensor *x = given->x;
    const char *why = check("x", x, 4, x);
    if (why)
        return why;
    int cells = x->shape[1] * x->shape[2], channels = x->shape[3];
    int shape[] = {x->shape[0], channels};
    if (cells == 0)
        return refuse("x must have rows and columns");
    make_tensor(y, shape, 2, x->is_float32);
    for (int b = 0; b < shape[0]; b++)
        for (int c = 0; c < channels; c++) {
            double total = 0;
            for (int k = 0; k < cells; k++)
                total += x->data[((size_t)b * cells + k) * channels + c];
            store(y, (size_t)b * channels + c, total / cells);
        }
    return NULL;
}

const char *flatten(const struct arguments *given, struct tensor *y)
{
    const struct tensor *x = given->x;
    int shape[] = {x->shape[0], 1};
    if (x->axes < 2)
        return refuse("x must have a batch axis and at least one more");
    for (int axis = 1; axis < x->axes; axis++)
        shape[1] *= x->shape[axis];
    make_tensor(y, shape, 2, x->is_float32);
    memcpy(y->data, x->data, count_of(x) * sizeof *x->data);
    return NULL;
}

static double weighted_sum(const struct arguments *given, int b, int o)
{
    int inputs = given->x->shape[1], outputs = given->kernel->shape[1];
    double total = given->bias ? given->bias->data[o] : 0;
    for (int i = 0; i < inputs; i++)
        total += given->x->data[b * inputs + i] * given->kernel->data[i * outputs + o];
    return total;
}

const char *dense(const struct arguments *given, struct tensor *y)
{
    const struct tensor *x = given->x, *kernel = given->kernel;
    const char *why;
    if ((why = check("x", x, 2, x)) || (why = check("kernel", kernel, 2, x))
        || (why = check_bias(given->bias, kernel->shape[1], x)))
        return why;
    if (kernel->shape[0] != x->shape[1])
        return refuse("a kernel of %d rows for %d inputs", kernel->shape[0], x->shape[1]);
    int shape[] = {x->shape[0], kernel->shape[1]};
    make_tensor(y, shape, 2, x->is_float32);
    for (int b = 0; b < shape[0]; b++)
        for (int o = 0; o < shape[1]; o++)
            store(y, (size_t)b * shape[1] + o, weighted_sum(given, b, o));
    return NULL;
}

const char *relu(const struct arguments *given, struct tensor *y)
{
    const struct tensor *x = given->x;
    make_tensor(y, x->shape, x->axes, x->is_float32);
    for (size_t k = 0; k < count_of(x); k++)
        y->data[k] = x->data[k] < 0 ? 0 : x->data[k];
    return NULL;
}

/* The largest logit is taken off, so that no exponential overflows. */
static void softmax_of_row(const double *logits, int classes, struct tensor *y, size_t first)
{
    double largest = logits[0], total = 0;
    for (int i = 1; i < classes; i++)
        if (logits[i] > largest)
            largest = logits[i];
    for (int i = 0; i < classes; i++)
        total += exp(logits[i] - largest);
    for (int i = 0; i < classes; i++)
        store(y, first + i, exp(logits[i] - largest) / total);
}

const char *softmax(const struct arguments *given, struct tensor *y)
{
    const struct tensor *x = given->x;
    int classes = x->axes ? x->shape[x->axes - 1] : 0;
    if (classes < 1)
        return refuse("x must have at least one class on its last axis");
    make_tensor(y, x->shape, x->axes, x->is_float32);
    for (size_t first = 0; first < count_of(x); first += classes)
        softmax_of_row(x->data + first, classes, y, first);
    return NULL;
}
