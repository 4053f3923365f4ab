/* See windows.h. */
#include "windows.h"

#include <stdarg.h>
#include <stdio.h>

const char *const SIDES[] = {"height", "width"};

const char *refuse(const char *format, ...)
{
    static char sentence[200];
    va_list values;
    va_start(values, format);
    vsnprintf(sentence, sizeof sentence, format, values);
    va_end(values);
    return sentence;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Padding of one axis; for SAME, the fewest cells for which ceil(H / S) windows fit. */
static void pad(struct layout *place, const struct arguments *given, int axis)
{
    int size = place->sizes[axis], stride = place->strides[axis], total = 0;
    if (given->padding == EXPLICIT) {
        place->before[axis] = given->pads[axis][0];
        place->after[axis] = given->pads[axis][1];
        return;
    }
    if (given->padding == SAME)
        total = larger(((size + stride - 1) / stride - 1) * stride + place->window[axis] - size, 0);
    place->before[axis] = total / 2;
    place->after[axis] = total - total / 2;
}

/* floor((H + P - F) / S) + 1 windows fit on an axis, unless something rules them out. */
static const char *lay_out_axis(struct layout *place, const struct arguments *given, int axis)
{
    int window = place->window[axis], size = place->sizes[axis], padded;
    if (window < 1 || size < 1)
        return refuse("the window and the input must have a %s of at least 1", SIDES[axis]);
    if (place->strides[axis] < 1)
        return refuse("strides must be at least 1, not %d", place->strides[axis]);
    pad(place, given, axis);
    if (place->before[axis] < 0 || place->after[axis] < 0)
        return refuse("padding must not be negative");
    padded = size + place->before[axis] + place->after[axis];
    if (window > padded)
        return refuse("window %s %d exceeds the padded input, %d", SIDES[axis], window, padded);
    place->output[axis] = (padded - window) / place->strides[axis] + 1;
    return NULL;
}

const char *lay_out(struct layout *place, const struct arguments *given,
                    const int *window, const int *default_strides)
{
    const char *why = NULL;
    for (int axis = 0; axis < 2 && why == NULL; axis++) {
        place->sizes[axis] = given->x->shape[1 + axis];
        place->window[axis] = window[axis];
        place->strides[axis] = given->has_strides ? given->strides[axis] : default_strides[axis];
        why = lay_out_axis(place, given, axis);
    }
    return why;
}

static void cut(int start, int window, int size, int *first, int *end)
{
    *first = larger(start, 0);
    *end = start + window < size ? start + window : size;
}

struct patch patch_under(const struct layout *place, int i, int j)
{
    struct patch p;
    p.row = i * place->strides[0] - place->before[0];
    p.column = j * place->strides[1] - place->before[1];
    cut(p.row, place->window[0], place->sizes[0], &p.top, &p.bottom);
    cut(p.column, place->window[1], place->sizes[1], &p.left, &p.right);
    return p;
}
