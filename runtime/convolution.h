/* Convolutions as products: the rows of A are the patches of an image, gathered while A is packed. */
#ifndef AJ_CONVOLUTION_H
#define AJ_CONVOLUTION_H

#include "matmul.h"

enum {
    AJ_MAX_SPATIAL = 3,
    AJ_CONVOLUTION_SLACK = 256, /* bytes that may be read or written behind a buffer */
};

/* How the window moves over the image, one entry for each spatial dim, outermost first. A transposed convolution
 * spreads the image by `stride` instead and has its weight as [in, out / groups, kernel...]. `same` pads so that the result
 * keeps the image's size. Constant data of generated code (aotjit/ir/window.py). */
typedef struct aj_window {
    int64_t rank, groups, transposed, same;
    int64_t stride[AJ_MAX_SPATIAL], dilation[AJ_MAX_SPATIAL], padding[AJ_MAX_SPATIAL];
    int64_t output_padding[AJ_MAX_SPATIAL];
} aj_window;

/* out[i] = sum over steps k of weights[k] * image[offsets[k] + i], for `blocks` runs of AJ_DIRECT_BYTES; offsets count
 * bytes. */
typedef void (*aj_direct)(int64_t blocks, int64_t steps, const void *image, const int64_t *offsets,
                          const void *weights, void *out);

enum {
    AJ_DIRECT_BYTES = 256,
    AJ_DIRECT_CHANNELS = 8, /* with fewer output channels in a group than this, panels are mostly padding */
};

/* epilogue(image * weight, extras...): [N, C, spatial...] or [C, spatial...] with a weight [O, C / groups, kernel...].
 * `panels`: the weight's data is, for each group, packed panels of its [C / groups * kernel, O / groups] matrix. The
 * other arguments are those of aj_matmul. */
int32_t aj_convolution(aj_instance *self, const aj_window *window, const aj_tiles *tiles, aj_direct direct,
                       aj_map epilogue, const aj_kernel *kernel, aj_tensor *image, aj_tensor *weight, bool panels,
                       aj_tensor *const *extras, const aj_word *scalars, aj_tensor **out);

/* -- the parts, one a file -------------------------------------------------------------------------------------- */

/* Where the elements of a row that are in one phase go: every stride-th one from `first` on, from `place` on. */
typedef struct aj_row_part {
    int64_t first, place, count;
} aj_row_part;

enum { AJ_KEPT_PARTS = 4 };

/* One convolution with its shapes in three spatial dims; sizes count elements. */
typedef struct aj_convolved {
    const aj_tiles *tiles;
    aj_direct direct;
    int64_t bytes; /* of an element */
    int64_t batch, groups, in_channels, out_channels; /* channels of one group */
    int64_t in[AJ_MAX_SPATIAL], out[AJ_MAX_SPATIAL], kernel[AJ_MAX_SPATIAL];
    int64_t stride[AJ_MAX_SPATIAL], dilation[AJ_MAX_SPATIAL], spread[AJ_MAX_SPATIAL], before[AJ_MAX_SPATIAL];
    int64_t phase[AJ_MAX_SPATIAL];   /* size of one phase's plane                     */
    uint64_t used[AJ_MAX_SPATIAL];   /* bit p: some step of the window reads phase p  */
    aj_row_part parts[AJ_KEPT_PARTS]; /* of the innermost dim, for the first phases: rows may be short and many */
    int64_t pixels, plane;    /* of a result's channel; of a padded channel    */
    int64_t taps, steps;      /* of the window; with the group's channels: K   */
    bool in_place;            /* the image is its own padded copy              */
    bool transposed;
    const char *image;        /* [batch][groups * in_channels][in...]          */
    const char *weight;       /* raw, or panels                                */
    int64_t weight_strides[3]; /* of the raw weight: step of an output channel, an input channel, a tap; in elements */
    int64_t weight_first;      /* where the first tap of a channel is */
    int64_t panels;            /* of one group                                 */
    int64_t *offsets;          /* [steps], bytes from a pixel's first step     */
    char *out_data;            /* [batch][groups * out_channels][out...]       */
    const char *fill;          /* the element around the image; NULL: 0        */
    const aj_walk *epilogue;
} aj_convolved;

static inline int64_t aj_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* padded.c: the padded copy of the image, in which every step of the window is at a fixed offset. */
void aj_set_planes(aj_convolved *c);
void aj_set_offsets(aj_convolved *c);
void aj_pad_channels(const aj_convolved *c, char *to, const char *from, int64_t channels);

/* patches.c: many channels, by tiles. `panels`: the packed weight. */
int32_t aj_run_patches(aj_instance *self, const aj_convolved *c, const char *panels);
void aj_pack_weight(const aj_convolved *c, char *to);
/* The epilogue on `count` elements of each of the channels [first, last), from element `at` of channel 0 on. */
int32_t aj_finish_channels(const aj_convolved *c, int64_t at, int64_t count, int64_t first, int64_t last);

/* direct.c: few channels in a group. */
int32_t aj_run_directly(aj_instance *self, const aj_convolved *c);
aj_direct aj_integer_direct(int64_t bytes); /* of integers, which wrap */

#endif
