/* Resizing images: each spatial dim in turn, from a table with the elements that go into each result and their weights. */
#include "arena.h"
#include "convert.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

enum { NEAREST = 0, NEAREST_EXACT = 1, LINEAR = 2, CUBIC = 3, LANCZOS = 4 };

/* Element i of a dim is the sum of `taps` elements from first[i] on (or, without antialiasing, at the `taps` places of
 * `places`), each times its weight. */
typedef struct table {
    int64_t taps;
    int64_t *places; /* [size][taps] */
    double *weights; /* [size][taps] */
    void *memory;
    size_t bytes;
} table;

static double absolute(double x) { return x < 0 ? -x : x; }

static double sine_pi(double x) {
    /* sin(pi x) for |x| <= 3 by its Taylor series around the nearest integer. */
    double n = __builtin_floor(x + 0.5), r = (x - n) * 3.14159265358979323846, square = r * r, term = r, sum = r;
    for (int32_t k = 1; k < 12; k++) {
        term *= -square / (double)(2 * k * (2 * k + 1));
        sum += term;
    }
    return (int64_t)n & 1 ? -sum : sum;
}

static double cubic(double x, double a) {
    x = absolute(x);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    return 0;
}

static double lanczos(double x) {
    if (x == 0) return 1;
    if (absolute(x) >= 3) return 0;
    double p = 3.14159265358979323846 * x;
    return 3 * sine_pi(x) * sine_pi(x / 3) / (p * p);
}

/* How far a filter reaches, and its value. */
static double support(int64_t mode) { return mode == LINEAR ? 1 : mode == CUBIC ? 2 : 3; }

static double filter(int64_t mode, double x) {
    if (mode == LINEAR) return absolute(x) < 1 ? 1 - absolute(x) : 0;
    return mode == CUBIC ? cubic(x, -0.5) : lanczos(x);
}

static double scale_of(int64_t in, int64_t out, bool corners, double factor) {
    if (corners) return out > 1 ? (double)(in - 1) / (double)(out - 1) : 0;
    return factor > 0 ? 1 / factor : (double)in / (double)out;
}

static int64_t clamped(int64_t i, int64_t size) { return i < 0 ? 0 : i >= size ? size - 1 : i; }

/* torch computes places in float32 for float32 images and half precision, and in float64 for float64. */
static double rounded(double x, bool single) { return single ? (double)(float)x : x; }

static void plain_tap(table *t, int64_t i, int64_t in, double scale, int64_t mode, bool corners, bool single) {
    int64_t *places = t->places + i * t->taps;
    double *weights = t->weights + i * t->taps;
    if (mode == NEAREST || mode == NEAREST_EXACT) {
        float at = (float)scale * ((float)i + (mode == NEAREST ? 0.0f : 0.5f));
        places[0] = clamped((int64_t)at, in);
        weights[0] = 1;
        return;
    }
    double s = rounded(scale, single), at;
    if (corners) {
        at = rounded(s * (double)i, single);
    } else {
        at = rounded(rounded(s * ((double)i + 0.5), single) - 0.5, single);
        if (mode == LINEAR && at < 0) at = 0;
    }
    double base = __builtin_floor(at), part = rounded(at - base, single);
    int64_t from = (int64_t)base;
    if (mode == LINEAR) {
        from = clamped(from, in);
        places[0] = from;
        places[1] = from + (from < in - 1);
        if (part > 1) part = 1;
        weights[0] = 1 - part;
        weights[1] = part;
        return;
    }
    for (int64_t k = 0; k < 4; k++) {
        places[k] = clamped(from - 1 + k, in);
        weights[k] = cubic(part - (double)(k - 1), -0.75);
    }
}

static void antialiased_tap(table *t, int64_t i, int64_t in, double scale, int64_t mode) {
    int64_t *places = t->places + i * t->taps;
    double *weights = t->weights + i * t->taps;
    double wide = scale >= 1 ? scale : 1, reach = support(mode) * wide, center = scale * ((double)i + 0.5), total = 0;
    int64_t first = (int64_t)(center - reach + 0.5), last = (int64_t)(center + reach + 0.5);
    if (center - reach + 0.5 < 0) first = 0;
    if (last > in) last = in;
    for (int64_t k = 0; k < t->taps; k++) {
        bool inside = first + k < last;
        places[k] = inside ? clamped(first + k, in) : places[0]; /* where the weight is not 0 */
        weights[k] = inside ? filter(mode, ((double)(first + k) - center + 0.5) / wide) : 0;
        total += weights[k];
    }
    for (int64_t k = 0; k < t->taps && total != 0; k++) weights[k] /= total;
}

static int32_t make_table(aj_instance *self, table *t, int64_t in, int64_t out, int64_t mode, bool corners, double factor,
                          bool antialias, bool single) {
    double scale = scale_of(in, out, corners, factor);
    t->taps = mode == LINEAR ? 2 : mode == CUBIC ? 4 : 1;
    if (mode == NEAREST || mode == NEAREST_EXACT) scale = (double)(float)scale;
    if (antialias) t->taps = (int64_t)__builtin_ceil(support(mode) * (scale >= 1 ? scale : 1)) * 2 + 1;
    t->bytes = (size_t)(out * t->taps * 16 + 16);
    t->memory = aj_arena_alloc(self, t->bytes);
    if (!t->memory) return AJ_MEMORY_ERROR;
    t->weights = (double *)t->memory;
    t->places = (int64_t *)(void *)(t->weights + out * t->taps);
    for (int64_t i = 0; i < out; i++) {
        if (antialias) antialiased_tap(t, i, in, scale, mode); else plain_tap(t, i, in, scale, mode, corners, single);
    }
    return AJ_OK;
}

/* [rows][in][width] to [rows][out][width] of float or double. */
#define APPLY(T)                                                                                                       \
    static void apply_##T(T *to, const T *from, const table *t, int64_t rows, int64_t in, int64_t out, int64_t width) { \
        for (int64_t r = 0; r < rows; r++, from += in * width) {                                                       \
            for (int64_t i = 0; i < out; i++, to += width) {                                                           \
                const int64_t *places = t->places + i * t->taps;                                                       \
                const double *weights = t->weights + i * t->taps;                                                      \
                if (t->taps == 1) {                                                                                    \
                    memcpy(to, from + places[0] * width, (size_t)width * sizeof(T));                                   \
                    continue;                                                                                          \
                }                                                                                                      \
                for (int64_t j = 0; j < width; j++) {                                                                  \
                    T sum = (T)weights[0] * from[places[0] * width + j];                                               \
                    for (int64_t k = 1; k < t->taps; k++) sum += (T)weights[k] * from[places[k] * width + j];          \
                    to[j] = sum;                                                                                       \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

APPLY(float)
APPLY(double)

/* One dim of a contiguous float or double tensor. */
static int32_t resize_dim(aj_instance *self, const aj_tensor *x, int32_t dim, const table *t, int64_t size,
                          aj_tensor **out) {
    int64_t sizes[AJ_MAX_RANK], rows = 1, width = 1;
    memcpy(sizes, x->sizes, sizeof sizes);
    sizes[dim] = size;
    for (int32_t d = 0; d < x->ndim; d++) *(d < dim ? &rows : &width) *= d == dim ? 1 : x->sizes[d];
    int32_t status = aj_tensor_new(self, x->dtype, x->ndim, sizes, out);
    if (status) return status;
    if (x->dtype == AJ_F32) {
        apply_float((float *)(*out)->data, (const float *)x->data, t, rows, x->sizes[dim], size, width);
    } else {
        apply_double((double *)(*out)->data, (const double *)x->data, t, rows, x->sizes[dim], size, width);
    }
    return AJ_OK;
}

static int32_t as_rows(aj_instance *self, aj_tensor *t, int32_t dtype, aj_tensor **out) {
    if (t->dtype == dtype) return aj_contiguous(self, t, out);
    int32_t status = aj_tensor_new(self, dtype, t->ndim, t->sizes, out);
    if (status) return status;
    aj_strided_copy(t->ndim, t->sizes, (*out)->data, dtype, (*out)->strides, t->data, t->dtype, t->strides);
    return AJ_OK;
}

/* `scales`: one factor for each spatial dim, not above 0 where it follows from the sizes. */
int32_t aj_resample(aj_instance *self, aj_tensor *t, const aj_list *size, const aj_list *scales, int64_t mode,
                    bool corners, bool antialias, aj_tensor **out) {
    int32_t rank = (int32_t)size->length, lead = t->ndim - rank;
    int32_t wide = t->dtype == AJ_F64 || t->dtype == AJ_I64 ? AJ_F64 : AJ_F32;
    if (lead != 2) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "It is expected that input has %d dimensions, but it has %d",
                       (int)rank + 2, (int)t->ndim);
    }
    if (!aj_dtype_is_floating(t->dtype) && t->dtype != AJ_U8) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "upsampling is not implemented for %s", aj_dtype_name(t->dtype));
    }
    for (int32_t i = 0; i < rank; i++) {
        if ((int64_t)size->data[i] > 0 && t->sizes[lead + i] > 0) continue;
        return aj_fail(self, AJ_RUNTIME_ERROR, "Input and output sizes should be greater than 0, but got input size %lld "
                       "and output size %lld", (long long)t->sizes[lead + i], (long long)size->data[i]);
    }
    aj_tensor *x = NULL;
    int32_t status = as_rows(self, t, wide, &x);
    for (int32_t i = rank - 1; i >= 0 && !status; i--) {
        int64_t in = t->sizes[lead + i], wanted = (int64_t)size->data[i];
        union { aj_word w; double f; } factor = {.w = i < scales->length ? scales->data[i] : 0};
        table rows = {0};
        aj_tensor *next = NULL;
        status = make_table(self, &rows, in, wanted, mode, corners, factor.f, antialias, wide == AJ_F32);
        if (!status) status = resize_dim(self, x, lead + i, &rows, wanted, &next);
        if (rows.memory) aj_arena_free(self, rows.memory, rows.bytes);
        aj_release(self, &x->head);
        x = next;
    }
    if (status) return status;
    if (t->dtype == wide) {
        *out = x;
        return AJ_OK;
    }
    if (t->dtype == AJ_U8) {
        for (int64_t i = 0; i < x->numel; i++) {
            float *value = (float *)x->data + i;
            *value = __builtin_floorf(*value + 0.5f);
            *value = *value < 0 ? 0 : *value > 255 ? 255 : *value;
        }
    }
    status = as_rows(self, x, t->dtype, out);
    aj_release(self, &x->head);
    return status;
}
