/* The operators of a convolutional network.
 *
 * Activations are NHWC (batch, height, width, channels), convolution kernels HWIO (height,
 * width, input channels, filters), data row-major. An operator puts its answer into y and
 * returns NULL; if the specification rules its arguments out, it returns a sentence that says
 * why, and y is not touched.
 */
#ifndef CNN_H
#define CNN_H

#include <stdlib.h>

enum { MOST_AXES = 8 };

/* Numbers of either dtype are held as double, those of float32 rounded to float. */
struct tensor {
    int is_float32;
    int axes;
    int shape[MOST_AXES];
    double *data;
};

enum padding { VALID, SAME, EXPLICIT };

/* The arguments of any operator; a tensor that is not given is NULL. */
struct arguments {
    struct tensor *x, *kernel, *bias;
    int pool_size[2];
    int has_strides, strides[2]; /* without: 1 for a convolution, the pool size for a pool */
    enum padding padding;
    int pads[2][2]; /* {top, bottom}, {left, right}, if EXPLICIT */
};

typedef const char *cnn_operator(const struct arguments *given, struct tensor *y);

cnn_operator conv2d, max_pool2d, avg_pool2d, global_avg_pool2d, flatten, dense, relu, softmax;

void make_tensor(struct tensor *y, const int *shape, int axes, int is_float32); /* of zeros */
size_t count_of(const struct tensor *t);               /* how many numbers it holds */
void store(struct tensor *y, size_t at, double value); /* rounded to the dtype of y */

#endif
