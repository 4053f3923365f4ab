/* See case.h. */
#include "case.h"

#include "allocate.h"

#include <math.h>
#include <string.h>

enum { MOST = 1000000 }; /* of an integer, so that no sum of them overflows */

static const char *const SPECIAL[] = {"NaN", "Infinity", "-Infinity"};

/* --- attributes */

static int read_integer(const struct json *value, int *integer)
{
    if (value == NULL || value->kind != JSON_NUMBER || !(fabs(value->number) <= MOST))
        return 0;
    *integer = (int)value->number;
    return *integer == value->number;
}

static int read_two(const struct json *array, int pair[2])
{
    const struct json *first = array->first, *second = first ? first->next : NULL;
    return read_integer(first, &pair[0]) && read_integer(second, &pair[1]) && !second->next;
}

/* An integer for both axes, or one for each. */
static int read_pair(const struct json *value, int pair[2])
{
    if (value->kind == JSON_ARRAY)
        return read_two(value, pair);
    return read_integer(value, &pair[0]) && read_integer(value, &pair[1]);
}

static int read_padding(const struct json *value, struct arguments *given)
{
    const struct json *rows = value->first, *columns = rows ? rows->next : NULL;
    given->padding = json_is(value, "same") ? SAME : json_is(value, "valid") ? VALID : EXPLICIT;
    if (given->padding != EXPLICIT)
        return 1;
    if (value->kind != JSON_ARRAY)
        return read_pair(value, given->pads[0]) && read_pair(value, given->pads[1]);
    return columns && !columns->next && read_two(rows, given->pads[0])
           && read_two(columns, given->pads[1]);
}

static int is_given(const struct json *attribute)
{
    return attribute && attribute->kind != JSON_NULL;
}

static const char *read_attributes(const struct json *attributes, struct arguments *given)
{
    const struct json *pool_size = json_member(attributes, "pool_size");
    const struct json *strides = json_member(attributes, "strides");
    const struct json *padding = json_member(attributes, "padding");
    given->has_strides = is_given(strides);
    if (is_given(pool_size) && !read_pair(pool_size, given->pool_size))
        return "pool_size must be an integer or a pair of them";
    if (given->has_strides && !read_pair(strides, given->strides))
        return "strides must be an integer or a pair of them";
    if (is_given(padding) && !read_padding(padding, given))
        return "padding must be valid, same, an integer or ((top, bottom), (left, right))";
    return NULL;
}

/* --- tensors */

static int read_shape(const struct json *shape, struct tensor *t)
{
    const struct json *length = shape ? shape->first : NULL;
    for (t->axes = 0; length && t->axes < MOST_AXES; length = length->next)
        if (!read_integer(length, &t->shape[t->axes++]))
            return 0;
    return shape && length == NULL;
}

/* strtod reads "NaN", "Infinity" and "-Infinity", too. */
static double number_of(const struct json *value)
{
    return value->kind == JSON_STRING ? strtod(value->text, NULL) : value->number;
}

/* The tensor of a JSON form, or NULL if it is none. */
static struct tensor *read_tensor(const struct json *value)
{
    const struct json *data = json_member(value, "data"), *item = data ? data->first : NULL;
    struct tensor shaped, *t;
    if (data == NULL || !read_shape(json_member(value, "shape"), &shaped))
        return NULL;
    t = allocate(sizeof *t);
    make_tensor(t, shaped.shape, shaped.axes, json_is(json_member(value, "dtype"), "float32"));
    for (size_t k = 0; k < count_of(t) && item; k++, item = item->next)
        store(t, k, number_of(item));
    return t;
}

static void free_tensor(struct tensor *t)
{
    if (t)
        free(t->data);
    free(t);
}

/* 9 digits bring a float32 back, 17 a float64. */
static void print_number(double value, int is_float32)
{
    if (isfinite(value))
        printf(is_float32 ? "%.9g" : "%.17g", value);
    else
        printf("\"%s\"", SPECIAL[isnan(value) ? 0 : value > 0 ? 1 : 2]);
}

void print_tensor(const char *before, const struct tensor *t, const char *after)
{
    const char *dtype = t->is_float32 ? "float32" : "float64";
    printf("%s{\"dtype\": \"%s\", \"shape\": [", before, dtype);
    for (int axis = 0; axis < t->axes; axis++)
        printf(axis ? ", %d" : "%d", t->shape[axis]);
    fputs("], \"data\": [", stdout);
    for (size_t k = 0; k < count_of(t); k++) {
        fputs(k ? ", " : "", stdout);
        print_number(t->data[k], t->is_float32);
    }
    printf("]}%s", after);
}

/* --- both together */

const char *read_case(const struct json *question, struct arguments *given)
{
    const struct json *inputs = json_member(question, "inputs");
    memset(given, 0, sizeof *given);
    given->x = read_tensor(json_member(inputs, "x"));
    given->kernel = read_tensor(json_member(inputs, "kernel"));
    given->bias = read_tensor(json_member(inputs, "bias"));
    if (given->x == NULL)
        return "x is no tensor of at most 8 axes";
    return read_attributes(json_member(question, "attributes"), given);
}

void free_case(struct arguments *given)
{
    free_tensor(given->x);
    free_tensor(given->kernel);
    free_tensor(given->bias);
}
