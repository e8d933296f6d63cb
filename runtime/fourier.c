/* Fourier transforms along the last dim: rows are taken as many at a time as there are lanes, transposed into a buffer,
 * transformed and transposed back. 2n reals are n complex numbers to the passes. */
#include "fourier.h"

#include "dtype.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

typedef struct transform {
    const aj_fourier *kernels;
    const aj_fourier_plan *plan; /* of n, or of n / 2 where reals are paired */
    int64_t n, part;             /* the length; bytes of a real number */
    bool inverse, from_real, to_real, paired;
    double scale;
    const char *from; /* [rows][given parts], rows `from_row` bytes apart */
    char *to;         /* [rows][made parts] */
    int64_t from_row, to_row, given, made; /* in bytes, and in reals: a complex number is two */
    int64_t rows, groups_a_chunk;
    char *scratch; /* of each chunk: two buffers */
    int64_t buffer_bytes;
} transform;

/* to[c * to_step + r * part] = from[r * from_step + c * part] for `rows` runs of `count` parts. */
static void transpose(const transform *t, char *to, int64_t to_step, const char *from, int64_t from_step, int64_t count,
                      int64_t rows) {
    if (rows >= t->kernels->side && count >= t->kernels->side) {
        t->kernels->transpose(to, to_step, from, from_step, count, rows);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < count; c++)
            memcpy(to + c * to_step + r * t->part, from + r * from_step + c * t->part, (size_t)t->part);
}

/* x[n - k] = conjugate of x[k] in the upper half, of which nothing was given. */
static void mirror(const transform *t, char *x, int64_t vector) {
    for (int64_t k = 1; 2 * k < t->n; k++) {
        char *to = x + (t->n - k) * 2 * vector;
        const char *from = x + k * 2 * vector;
        memcpy(to, from, (size_t)vector);
        for (int64_t i = 0; i < t->kernels->lanes; i++) {
            if (t->part == 4) {
                ((float *)(void *)(to + vector))[i] = -((const float *)(const void *)(from + vector))[i];
            } else {
                ((double *)(void *)(to + vector))[i] = -((const double *)(const void *)(from + vector))[i];
            }
        }
    }
}

/* Fills the buffer with rows of the input: what is missing of it is zero. */
static void load(const transform *t, char *x, const char *from, int64_t rows) {
    const int64_t vector = t->kernels->lanes * t->part, h = t->n / 2;
    /* Reals that are not paired are the real parts of complex numbers. */
    const int64_t step = t->from_real && !t->paired ? 2 * vector : vector;
    const int64_t needed = (t->from_real && t->paired ? t->n : t->to_real ? 2 * (h + 1) : 2 * t->n) * vector;
    if (step != vector || rows < t->kernels->lanes) {
        memset(x, 0, (size_t)needed);
    } else {
        memset(x + t->given * vector, 0, (size_t)(needed - t->given * vector));
    }
    transpose(t, x, step, from, t->from_row, t->given, rows);
    if (!t->to_real) return;
    memset(x + vector, 0, (size_t)vector); /* the numbers at both ends are real */
    if (t->paired) {
        memset(x + (2 * h + 1) * vector, 0, (size_t)vector);
    } else {
        mirror(t, x, vector);
    }
}

static void run_group(const transform *t, int64_t group, char *x, char *y) {
    const aj_fourier *k = t->kernels;
    const int64_t first = group * k->lanes, rows = t->rows - first < k->lanes ? t->rows - first : k->lanes;
    const int64_t vector = k->lanes * t->part, h = t->n / 2;
    load(t, x, t->from + first * t->from_row, rows);
    if (t->to_real && t->paired) {
        k->merge(x, y, h, t->plan->halves, 0, vector);
        char *other = x;
        x = y;
        y = other;
    }
    char *result = aj_fourier_run(t->plan, k, x, y, t->inverse);
    if (t->from_real && t->paired) {
        char *other = result == x ? y : x;
        memcpy(result + h * 2 * vector, result, (size_t)(2 * vector));
        k->split(result, other, h, t->plan->halves, 0, vector);
        result = other;
    }
    const int64_t step = t->to_real && !t->paired ? 2 * vector : vector;
    if (t->scale != 1) {
        const float single = (float)t->scale;
        const void *factor = t->part == 4 ? (const void *)&single : (const void *)&t->scale;
        k->scale(result, result, (t->made * step / vector + 1) / 2, factor, 0, vector);
    }
    /* The way back: parts of a row lie a step apart. */
    char *to = t->to + first * t->to_row;
    if (rows >= k->side && t->made >= k->side) {
        k->transpose(to, t->to_row, result, step, rows, t->made);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < t->made; c++)
            memcpy(to + r * t->to_row + c * t->part, result + c * step + r * t->part, (size_t)t->part);
}

static void run_chunk(void *context, int64_t first, int64_t last) {
    const transform *t = (const transform *)context;
    const int64_t groups = (t->rows + t->kernels->lanes - 1) / t->kernels->lanes;
    for (int64_t chunk = first; chunk < last; chunk++) {
        int64_t begin = chunk * t->groups_a_chunk, end = begin + t->groups_a_chunk;
        char *x = t->scratch + chunk * 2 * t->buffer_bytes;
        for (int64_t group = begin; group < end && group < groups; group++)
            run_group(t, group, x, x + t->buffer_bytes);
    }
}

enum { GRAIN = 1 << 15 /* numbers of rows that are worth a thread */ };

static int32_t run(aj_instance *self, transform *t) {
    const int64_t lanes = t->kernels->lanes, groups = (t->rows + lanes - 1) / lanes;
    const int64_t worth = t->rows * t->n / GRAIN, most = worth < groups ? worth : groups;
    int64_t chunks = self->threads > 1 && most > 1 ? (most < 4 * self->threads ? most : 4 * self->threads) : 1;
    t->groups_a_chunk = (groups + chunks - 1) / chunks;
    t->buffer_bytes = aj_fourier_elements(t->plan) * 2 * lanes * t->part;
    const size_t bytes = (size_t)(chunks * 2 * t->buffer_bytes);
    t->scratch = (char *)aj_arena_alloc(self, bytes);
    if (!t->scratch) return AJ_MEMORY_ERROR;
    if (chunks > 1) aj_parallel_for(self, chunks, 1, run_chunk, t); else run_chunk(t, 0, 1);
    aj_arena_free(self, t->scratch, bytes);
    return AJ_OK;
}

/* Whether the rows of `t`, each contiguous, are equally far apart; *row is how far, in elements. */
static bool has_rows(const aj_tensor *t, int64_t *row) {
    const int32_t last = t->ndim - 1;
    int64_t expected = -1;
    if (t->sizes[last] != 1 && t->strides[last] != 1) return false;
    *row = t->sizes[last];
    for (int32_t d = last - 1; d >= 0; d--) {
        if (t->sizes[d] == 1) continue;
        if (expected < 0) expected = *row = t->strides[d];
        if (t->strides[d] != expected) return false;
        expected *= t->sizes[d];
    }
    return true;
}

static int32_t transformed(aj_instance *self, transform *t, aj_tensor *x, int32_t dtype, int64_t length,
                           aj_tensor **out) {
    const int32_t last = x->ndim - 1;
    if (last < 0) return aj_fail(self, AJ_RUNTIME_ERROR, "a Fourier transform of a tensor without dims");
    if (t->n < 1) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "Invalid number of data points (%lld) specified", (long long)t->n);
    }
    int64_t sizes[AJ_MAX_RANK], row;
    memcpy(sizes, x->sizes, sizeof sizes);
    sizes[last] = length;
    t->paired = (t->from_real || t->to_real) && t->n % 2 == 0;
    const int32_t real = t->part == 4 ? AJ_F32 : AJ_F64;
    t->plan = aj_fourier_plan_of(self, t->kernels, real, t->paired ? t->n / 2 : t->n);
    if (!t->plan) return AJ_MEMORY_ERROR;
    int32_t status = aj_tensor_new(self, dtype, x->ndim, sizes, out);
    if (status || (*out)->numel == 0) return status;
    aj_tensor *rows = x;
    if (has_rows(x, &row)) {
        aj_retain(&x->head);
    } else {
        status = aj_clone(self, x, &rows);
        row = x->sizes[last];
    }
    if (!status) {
        const int64_t whole = t->from_real ? 1 : 2, made = t->to_real ? 1 : 2, kept = t->to_real ? t->n / 2 + 1 : t->n;
        t->given = whole * (rows->sizes[last] < kept ? rows->sizes[last] : kept);
        t->made = made * length;
        t->from = (const char *)rows->data;
        t->to = (char *)(*out)->data;
        t->from_row = row * whole * t->part;
        t->to_row = length * made * t->part;
        t->rows = (*out)->numel / length;
        status = run(self, t);
        aj_release(self, &rows->head);
    }
    if (status) aj_release(self, &(*out)->head);
    return status;
}

int32_t aj_fourier_complex(aj_instance *self, const struct aj_fourier *kernels, aj_tensor *x, int64_t n, bool inverse,
                           double scale, aj_tensor **out) {
    transform t = {.kernels = kernels, .n = n, .part = aj_dtype_bytes(x->dtype) / 2, .inverse = inverse, .scale = scale};
    return transformed(self, &t, x, x->dtype, n, out);
}

int32_t aj_fourier_of_real(aj_instance *self, const struct aj_fourier *kernels, aj_tensor *x, int64_t n, double scale,
                           aj_tensor **out) {
    transform t = {.kernels = kernels, .n = n, .part = aj_dtype_bytes(x->dtype), .from_real = true, .scale = scale};
    return transformed(self, &t, x, x->dtype == AJ_F32 ? AJ_C64 : AJ_C128, n / 2 + 1, out);
}

int32_t aj_fourier_to_real(aj_instance *self, const struct aj_fourier *kernels, aj_tensor *x, int64_t n, double scale,
                           aj_tensor **out) {
    transform t = {.kernels = kernels, .n = n, .part = aj_dtype_bytes(x->dtype) / 2, .inverse = true, .to_real = true,
                   .scale = scale};
    return transformed(self, &t, x, x->dtype == AJ_C64 ? AJ_F32 : AJ_F64, n, out);
}
