/* Where the windows of a convolution or a pool lie. */
#ifndef WINDOWS_H
#define WINDOWS_H

#include "cnn.h"

extern const char *const SIDES[]; /* "height", "width" */

/* Of each side: what is given, the padding in cells, and how many windows fit. */
struct layout {
    int sizes[2], window[2], strides[2], before[2], after[2], output[2];
};

/* Where a window starts, in the padding perhaps, and the input cells from top and left up to,
 * but not including, bottom and right that lie under it. */
struct patch {
    int row, column, top, bottom, left, right;
};

/* One sentence that says why arguments are refused; the next one overwrites it. */
const char *refuse(const char *format, ...);

/* Lay out the windows, or say why there are none. */
const char *lay_out(struct layout *place, const struct arguments *given,
                    const int *window, const int *default_strides);

struct patch patch_under(const struct layout *place, int i, int j);

#endif
