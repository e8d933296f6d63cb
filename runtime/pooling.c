/* Maximum and average over windows: planes are padded as for convolutions (padded.c), so that a window's steps are
 * contiguous reads. */
#include "arena.h"
#include "convert.h"
#include "convolution.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

enum { SPATIAL = AJ_MAX_SPATIAL, LANE_BYTES = 64 };

/* What is done with the elements of a window. */
typedef struct pooling {
    aj_convolved shape;
    bool average, ceil, include_padding;
    int64_t divisor; /* 0: the number of elements */
    int64_t padding[SPATIAL];
    int32_t dtype;
    const char *from;
    char *to, *scratch;
    size_t scratch_bytes; /* of a chunk */
    int64_t planes, planes_a_chunk, flat;
} pooling;

static int64_t entry(const aj_list *list, int32_t i, int64_t otherwise) {
    if (list->length == 0) return otherwise;
    return (int64_t)list->data[list->length == 1 ? 0 : i];
}

static int32_t set_dim(aj_instance *self, pooling *p, int32_t at) {
    aj_convolved *c = &p->shape;
    int64_t reach = c->dilation[at] * (c->kernel[at] - 1), pad = c->before[at];
    if (c->kernel[at] <= 0 || c->stride[at] <= 0 || c->dilation[at] <= 0) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "pooling: kernel size, stride and dilation must be greater than zero");
    }
    if (pad < 0 || pad > (reach + 1) / 2) {
        return aj_fail(self, AJ_RUNTIME_ERROR,
                       "pad should be at most half of effective kernel size, but got pad=%lld, kernel_size=%lld and "
                       "dilation=%lld", (long long)pad, (long long)c->kernel[at], (long long)c->dilation[at]);
    }
    int64_t room = c->in[at] + 2 * pad - reach - 1;
    if (p->ceil) room += c->stride[at] - 1;
    c->out[at] = room < 0 ? 0 : room / c->stride[at] + 1;
    if (p->ceil && (c->out[at] - 1) * c->stride[at] >= c->in[at] + pad) c->out[at]--;
    if (c->out[at] < 1) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "pooling: Calculated output size (%lld) is too small for an input of "
                       "size %lld", (long long)c->out[at], (long long)c->in[at]);
    }
    return AJ_OK;
}

static int32_t set_shape(aj_instance *self, pooling *p, int32_t rank, const aj_tensor *t, const aj_list *kernel,
                         const aj_list *stride, const aj_list *padding, const aj_list *dilation) {
    aj_convolved *c = &p->shape;
    const aj_list *lists[] = {kernel, stride, padding, dilation};
    for (int32_t i = 0; i < 4; i++) {
        int64_t length = lists[i] ? lists[i]->length : 1;
        if (length == 1 || length == rank || (i == 1 && length == 0)) continue;
        return aj_fail(self, AJ_RUNTIME_ERROR, "pooling: a list of %lld numbers for %d dims", (long long)length,
                       (int)rank);
    }
    if (t->ndim != rank + 1 && t->ndim != rank + 2) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "pooling: Expected %dD or %dD input, but got %dD", (int)rank + 1,
                       (int)rank + 2, (int)t->ndim);
    }
    p->planes = 1;
    for (int32_t d = 0; d < t->ndim - rank; d++) p->planes *= t->sizes[d];
    c->bytes = aj_dtype_bytes(p->dtype);
    c->in_channels = c->groups = c->out_channels = c->batch = 1;
    for (int32_t i = 0; i < SPATIAL; i++) {
        int32_t dim = i - (SPATIAL - rank);
        bool given = dim >= 0;
        c->in[i] = given ? t->sizes[t->ndim - rank + dim] : 1;
        c->kernel[i] = given ? entry(kernel, dim, 1) : 1;
        c->stride[i] = given ? entry(stride, dim, c->kernel[i]) : 1;
        c->before[i] = given ? entry(padding, dim, 0) : 0;
        c->dilation[i] = given && dilation ? entry(dilation, dim, 1) : 1;
        c->spread[i] = 1;
        p->padding[i] = c->before[i];
        c->out[i] = 1;
        int32_t status = given ? set_dim(self, p, i) : AJ_OK;
        if (status) return status;
    }
    c->pixels = c->out[0] * c->out[1] * c->out[2];
    c->taps = c->steps = c->kernel[0] * c->kernel[1] * c->kernel[2];
    aj_set_planes(c);
    p->flat = ((c->out[0] - 1) * c->phase[1] + c->out[1] - 1) * c->phase[2] + c->out[2];
    return AJ_OK;
}

/* `flat` elements, each the maximum (or sum) of the plane's elements at the offsets from it. */
#define FOLD_PLANE(T, I)                                                                                         \
    typedef T T##_lanes __attribute__((vector_size(LANE_BYTES)));                                                \
    typedef I T##_mask __attribute__((vector_size(LANE_BYTES)));                                                 \
    static void fold_plane_##T(char *to, const char *from, const int64_t *offsets, int64_t taps, int64_t flat,   \
                               bool average) {                                                                   \
        for (int64_t done = 0; done < flat * (int64_t)sizeof(T); done += LANE_BYTES) {                           \
            T##_lanes best, x;                                                                                   \
            __builtin_memcpy(&best, from + done + offsets[0], LANE_BYTES);                                       \
            for (int64_t k = 1; k < taps; k++) {                                                                 \
                __builtin_memcpy(&x, from + done + offsets[k], LANE_BYTES);                                      \
                if (average) {                                                                                   \
                    best += x;                                                                                   \
                } else {                                                                                         \
                    T##_mask take = (T##_mask)(x > best) | (T##_mask)(x != x);                                   \
                    best = (T##_lanes)((take & (T##_mask)x) | (~take & (T##_mask)best));                         \
                }                                                                                                \
            }                                                                                                    \
            __builtin_memcpy(to + done, &best, LANE_BYTES);                                                      \
        }                                                                                                        \
    }

FOLD_PLANE(float, int32_t)
FOLD_PLANE(double, int64_t)
FOLD_PLANE(int64_t, int64_t)

/* How many elements of a dim the window at place `i` has: all that are not beyond the padding, or those of the image. */
static int64_t extent(const pooling *p, int32_t dim, int64_t i, bool padding) {
    int64_t begin = i * p->shape.stride[dim] - p->padding[dim], end = begin + p->shape.kernel[dim];
    int64_t last = p->shape.in[dim] + (padding ? p->padding[dim] : 0);
    if (end > last) end = last;
    if (!padding && begin < 0) begin = 0;
    return end - begin;
}

#define STORE_ROW(T)                                                                                   \
    static void store_row_##T(const pooling *p, T *to, const T *from, int64_t i, int64_t j) {          \
        bool padding = p->include_padding;                                                             \
        int64_t rows = extent(p, 0, i, padding) * extent(p, 1, j, padding);                            \
        for (int64_t k = 0; k < p->shape.out[2]; k++) {                                                \
            int64_t count = p->divisor ? p->divisor : rows * extent(p, 2, k, padding);                 \
            to[k] = from[k] / (T)count;                                                                \
        }                                                                                              \
    }

STORE_ROW(float)
STORE_ROW(double)

static void run_plane(const pooling *p, int64_t plane, char *scratch) {
    const aj_convolved *c = &p->shape;
    char *folded = scratch + c->plane * c->bytes + AJ_CONVOLUTION_SLACK;
    char *to = p->to + plane * c->pixels * c->bytes;
    aj_pad_channels(c, scratch, p->from + plane * c->in[0] * c->in[1] * c->in[2] * c->bytes, 1);
    if (p->dtype == AJ_F32) {
        fold_plane_float(folded, scratch, c->offsets, c->taps, p->flat, p->average);
    } else if (p->dtype == AJ_F64) {
        fold_plane_double(folded, scratch, c->offsets, c->taps, p->flat, p->average);
    } else {
        fold_plane_int64_t(folded, scratch, c->offsets, c->taps, p->flat, p->average);
    }
    int64_t row = c->out[2] * c->bytes;
    for (int64_t i = 0; i < c->out[0]; i++) {
        for (int64_t j = 0; j < c->out[1]; j++, to += row) {
            const char *from = folded + (i * c->phase[1] + j) * c->phase[2] * c->bytes;
            if (!p->average) {
                memcpy(to, from, (size_t)row);
            } else if (p->dtype == AJ_F32) {
                store_row_float(p, (float *)(void *)to, (const float *)(const void *)from, i, j);
            } else {
                store_row_double(p, (double *)(void *)to, (const double *)(const void *)from, i, j);
            }
        }
    }
}

static void run_chunk(void *context, int64_t first, int64_t last) {
    const pooling *p = (const pooling *)context;
    for (int64_t chunk = first; chunk < last; chunk++) {
        int64_t begin = chunk * p->planes_a_chunk, end = begin + p->planes_a_chunk;
        for (int64_t i = begin; i < end && i < p->planes; i++)
            run_plane(p, i, p->scratch + (size_t)chunk * p->scratch_bytes);
    }
}

static int32_t run(aj_instance *self, pooling *p) {
    static const float low32 = -__builtin_inff();
    static const double low64 = -__builtin_inf();
    static const int64_t lowest = INT64_MIN;
    aj_convolved *c = &p->shape;
    if (!p->average) {
        const void *low = &lowest;
        if (p->dtype == AJ_F32) low = &low32;
        if (p->dtype == AJ_F64) low = &low64;
        c->fill = (const char *)low;
    }
    int64_t chunks = self->threads > 1 && p->planes * c->pixels * c->taps > 1 << 17 ? 4 * self->threads : 1;
    p->planes_a_chunk = aj_ceil_div(p->planes, chunks);
    p->scratch_bytes = (size_t)(((c->plane + p->flat) * c->bytes + 4 * AJ_CONVOLUTION_SLACK) & ~63ll);
    size_t offsets = (size_t)c->steps * sizeof(int64_t), bytes = p->scratch_bytes * (size_t)chunks;
    c->offsets = (int64_t *)aj_arena_alloc(self, offsets);
    if (!c->offsets) return AJ_MEMORY_ERROR;
    p->scratch = (char *)aj_arena_alloc(self, bytes);
    if (p->scratch) {
        aj_set_offsets(c);
        if (chunks > 1) aj_parallel_for(self, chunks, 1, run_chunk, p); else run_chunk(p, 0, 1);
        aj_arena_free(self, p->scratch, bytes);
    }
    aj_arena_free(self, c->offsets, offsets);
    return p->scratch ? AJ_OK : AJ_MEMORY_ERROR;
}

static int32_t new_result(aj_instance *self, const pooling *p, int32_t rank, const aj_tensor *t, int32_t dtype,
                          aj_tensor **out) {
    int64_t sizes[AJ_MAX_RANK];
    for (int32_t d = 0; d < t->ndim; d++) {
        int32_t spatial = d - (t->ndim - rank);
        sizes[d] = spatial < 0 ? t->sizes[d] : p->shape.out[SPATIAL - rank + spatial];
    }
    return aj_tensor_new(self, dtype, t->ndim, sizes, out);
}

static int32_t pool(aj_instance *self, pooling *p, int32_t rank, aj_tensor *t, const aj_list *kernel,
                    const aj_list *stride, const aj_list *padding, const aj_list *dilation, aj_tensor **out) {
    bool half = t->dtype == AJ_F16 || t->dtype == AJ_BF16;
    aj_tensor *x = NULL, *wide = NULL;
    p->dtype = half ? AJ_F32 : t->dtype;
    if (p->dtype != AJ_F32 && p->dtype != AJ_F64 && (p->dtype != AJ_I64 || p->average)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "pooling is not implemented for %s", aj_dtype_name(t->dtype));
    }
    int32_t status = set_shape(self, p, rank, t, kernel, stride, padding, dilation);
    if (!status) status = half ? aj_to_dtype(self, t, AJ_F32, &x) : aj_contiguous(self, t, &x);
    if (status) return status;
    if (half && !aj_tensor_is_contiguous(x)) {
        aj_tensor *rows = NULL;
        status = aj_contiguous(self, x, &rows);
        aj_release(self, &x->head);
        if (status) return status;
        x = rows;
    }
    status = new_result(self, p, rank, t, p->dtype, &wide);
    if (!status && wide->numel > 0) {
        p->from = (const char *)x->data;
        p->to = (char *)wide->data;
        status = run(self, p);
    }
    aj_release(self, &x->head);
    if (!status && half) {
        status = aj_to_dtype(self, wide, t->dtype, out);
        aj_release(self, &wide->head);
        return status;
    }
    if (status && wide) aj_release(self, &wide->head);
    *out = wide;
    return status;
}

int32_t aj_max_pool(aj_instance *self, aj_tensor *t, const aj_list *kernel, const aj_list *stride,
                    const aj_list *padding, const aj_list *dilation, bool ceil, int64_t rank, aj_tensor **out) {
    pooling p = {0};
    p.ceil = ceil;
    return pool(self, &p, (int32_t)rank, t, kernel, stride, padding, dilation, out);
}

int32_t aj_avg_pool(aj_instance *self, aj_tensor *t, const aj_list *kernel, const aj_list *stride,
                    const aj_list *padding, bool ceil, bool include_padding, bool has_divisor, int64_t divisor,
                    int64_t rank, aj_tensor **out) {
    pooling p = {0};
    p.average = true;
    p.ceil = ceil;
    p.include_padding = include_padding;
    p.divisor = has_divisor ? divisor : 0;
    if (has_divisor && divisor == 0) return aj_fail(self, AJ_RUNTIME_ERROR, "divisor must be not zero");
    return pool(self, &p, (int32_t)rank, t, kernel, stride, padding, NULL, out);
}

/* -- places of maxima, and windows that follow from the sizes ------------------------------------------------------- */

/* The window of each output place in each dim. */
typedef struct windows {
    const pooling *p;
    bool adaptive;
} windows;

static void window_of(const windows *w, int32_t dim, int64_t i, int64_t *begin, int64_t *end, int64_t *step) {
    const aj_convolved *c = &w->p->shape;
    *step = c->dilation[dim];
    if (w->adaptive) {
        *begin = i * c->in[dim] / c->out[dim];
        *end = ((i + 1) * c->in[dim] + c->out[dim] - 1) / c->out[dim];
        return;
    }
    *begin = i * c->stride[dim] - w->p->padding[dim];
    *end = *begin + c->dilation[dim] * (c->kernel[dim] - 1) + 1;
    while (*begin < 0) *begin += *step;
    if (*end > c->in[dim]) *end = c->in[dim];
}

/* The window's mean, or its maximum and where it is in the plane. */
static double fold_window(const windows *w, const char *plane, int64_t i, int64_t j, int64_t k, int64_t *place) {
    const pooling *p = w->p;
    const int64_t *in = p->shape.in;
    int64_t b0, e0, s0, b1, e1, s1, b2, e2, s2, count = 0;
    double folded = p->average ? 0 : -__builtin_inf();
    window_of(w, 0, i, &b0, &e0, &s0);
    window_of(w, 1, j, &b1, &e1, &s1);
    window_of(w, 2, k, &b2, &e2, &s2);
    *place = (b0 * in[1] + b1) * in[2] + b2;
    for (int64_t x = b0; x < e0; x += s0)
        for (int64_t y = b1; y < e1; y += s1)
            for (int64_t z = b2; z < e2; z += s2) {
                int64_t at = (x * in[1] + y) * in[2] + z;
                double value = aj_load_double(plane + at * p->shape.bytes, p->dtype);
                count++;
                if (p->average) {
                    folded += value;
                } else if (value > folded || value != value) {
                    folded = value;
                    *place = at;
                }
            }
    return p->average ? folded / (double)count : folded;
}

static int32_t run_windows(aj_instance *self, const windows *w, int32_t rank, aj_tensor *t, aj_tensor **out,
                           aj_tensor **places) {
    const pooling *p = w->p;
    const aj_convolved *c = &p->shape;
    aj_tensor *x = NULL;
    if (!aj_dtype_is_floating(t->dtype)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "pooling is not implemented for %s", aj_dtype_name(t->dtype));
    }
    int32_t status = aj_contiguous(self, t, &x);
    if (!status) status = new_result(self, p, rank, t, t->dtype, out);
    if (!status && places) status = new_result(self, p, rank, t, AJ_I64, places);
    if (status) {
        if (x) aj_release(self, &x->head);
        if (*out) aj_release(self, &(*out)->head);
        return status;
    }
    char *to = (char *)(*out)->data;
    int64_t *at = places ? (int64_t *)(*places)->data : NULL, plane = c->in[0] * c->in[1] * c->in[2] * c->bytes;
    for (int64_t n = 0; n < p->planes; n++) {
        for (int64_t pixel = 0; pixel < c->pixels; pixel++, to += c->bytes) {
            int64_t k = pixel % c->out[2], row = pixel / c->out[2], place;
            const char *from = (const char *)x->data + n * plane;
            aj_store_double(to, (*out)->dtype, fold_window(w, from, row / c->out[1], row % c->out[1], k, &place));
            if (at) *at++ = place;
        }
    }
    aj_release(self, &x->head);
    return AJ_OK;
}

int32_t aj_max_pool_with_indices(aj_instance *self, aj_tensor *t, const aj_list *kernel, const aj_list *stride,
                                 const aj_list *padding, const aj_list *dilation, bool ceil, int64_t rank,
                                 aj_tensor **out, aj_tensor **places) {
    pooling p = {0};
    windows w = {&p, false};
    p.ceil = ceil;
    p.dtype = t->dtype;
    *out = *places = NULL;
    int32_t status = set_shape(self, &p, (int32_t)rank, t, kernel, stride, padding, dilation);
    return status ? status : run_windows(self, &w, (int32_t)rank, t, out, places);
}

static int32_t set_adaptive(aj_instance *self, pooling *p, const aj_tensor *t, const aj_list *size, int32_t rank) {
    aj_convolved *c = &p->shape;
    if ((size->length != rank && size->length != 1) || (t->ndim != rank + 1 && t->ndim != rank + 2)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "adaptive pooling: %lld output sizes for a %dD input of %d spatial dims",
                       (long long)size->length, (int)t->ndim, (int)rank);
    }
    p->dtype = t->dtype;
    c->bytes = aj_dtype_bytes(t->dtype);
    p->planes = c->pixels = 1;
    for (int32_t d = 0; d < t->ndim - rank; d++) p->planes *= t->sizes[d];
    for (int32_t i = 0; i < SPATIAL; i++) {
        int32_t dim = i - (SPATIAL - rank);
        c->in[i] = dim >= 0 ? t->sizes[t->ndim - rank + dim] : 1;
        c->out[i] = dim >= 0 ? entry(size, dim, 1) : 1;
        c->dilation[i] = 1;
        c->pixels *= c->out[i];
        if (c->out[i] < 0) return aj_fail(self, AJ_RUNTIME_ERROR, "adaptive pooling: a negative output size");
        if (c->in[i] == 0 && c->out[i] != 0) {
            return aj_fail(self, AJ_RUNTIME_ERROR, "adaptive pooling: Expected input to have non-zero size for "
                           "non-batch dimensions");
        }
    }
    return AJ_OK;
}

int32_t aj_adaptive_avg_pool(aj_instance *self, aj_tensor *t, const aj_list *size, int64_t rank, aj_tensor **out) {
    pooling p = {0};
    windows w = {&p, true};
    p.average = true;
    *out = NULL;
    int32_t status = set_adaptive(self, &p, t, size, (int32_t)rank);
    return status ? status : run_windows(self, &w, (int32_t)rank, t, out, NULL);
}

int32_t aj_adaptive_max_pool(aj_instance *self, aj_tensor *t, const aj_list *size, int64_t rank, aj_tensor **out,
                             aj_tensor **places) {
    pooling p = {0};
    windows w = {&p, true};
    *out = *places = NULL;
    int32_t status = set_adaptive(self, &p, t, size, (int32_t)rank);
    return status ? status : run_windows(self, &w, (int32_t)rank, t, out, places);
}
