/* The drivers of kernels under sanitizers, with inner loops written by hand where generated code has vectors: inputs are
 * allocated exactly, so that reading past one shows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hand_model.h"
#include "matmul.h"
#include "plan.h"
#include "reduce.h"

extern const aj_model hand_functions__model;

#define CHECK(condition)                                                                                           \
    do {                                                                                                           \
        if (!(condition)) {                                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                        \
            exit(1);                                                                                               \
        }                                                                                                          \
    } while (0)

enum { LANES = 16, TILE_ROWS = 6, DOT_ROWS = 2, SIDE = 4, PANEL = AJ_PANEL_BYTES / 4 };

/* As generated code: whole vectors, of which the last overlaps the one before; all of it is read first. */
static int32_t add(void *const *operands, int64_t count, const aj_word *scalars, int64_t rows, const int64_t *strides,
                   uint64_t splats) {
    (void)scalars;
    CHECK(count >= LANES && rows > 0);
    for (int64_t r = 0; r < rows; r++) {
        const float *in[2];
        for (int k = 0; k < 2; k++) in[k] = (const float *)((const char *)operands[k] + (r ? r * strides[k] : 0));
        float *c = (float *)((char *)operands[2] + (r ? r * strides[2] : 0));
        for (int64_t i = 0;; i += LANES) {
            float sums[LANES];
            if (i > count - LANES) i = count - LANES;
            for (int64_t j = i; j < i + LANES; j++) sums[j - i] = in[0][splats & 1 ? 0 : j] + in[1][splats & 2 ? 0 : j];
            memcpy(c + i, sums, sizeof sums);
            if (i == count - LANES) break;
        }
    }
    return 0;
}

static int32_t fold(void *const *operands, int64_t count, const aj_word *scalars, int64_t rows, const int64_t *strides,
                    uint64_t splats, void *const *accumulators) {
    (void)scalars;
    CHECK(count > 0 && rows > 0);
    volatile float beyond = 0;
    for (int64_t r = 0; r < rows; r++) {
        const float *a = (const float *)((const char *)operands[0] + r * strides[0]);
        for (int64_t i = 0; i < count; i++) ((double *)accumulators[0])[r] += a[splats & 1 ? 0 : i];
        for (int64_t i = count; i < LANES && !(splats & 1); i++) beyond += a[i];
    }
    return 0;
}

static int32_t columns(void *const *operands, int64_t count, const aj_word *scalars, int64_t rows,
                       const int64_t *strides, uint64_t splats, void *const *accumulators) {
    (void)scalars;
    CHECK(count >= LANES && rows > 0 && !splats);
    for (int64_t r = 0; r < rows; r++) {
        const float *a = (const float *)((const char *)operands[0] + r * strides[0]);
        for (int64_t i = 0; i < count; i++) ((double *)accumulators[0])[i] += a[i];
    }
    return 0;
}

/* Any tile; `packed` is one for all its rows in that order. */
static void tile(int64_t k, const void *a, int64_t row_a, int64_t step_a, const void *b, int64_t row_b, int64_t panel,
                 int64_t panels, void *c, int64_t row_c, int64_t count, int64_t accumulate) {
    for (int64_t r = 0; r < count; r++) {
        for (int64_t j = 0; j < panels * PANEL; j++) {
            float *to = (float *)((char *)c + r * row_c) + j, sum = accumulate ? *to : 0;
            const char *column = (const char *)b + j / PANEL * panel + j % PANEL * 4;
            for (int64_t i = 0; i < k; i++)
                sum += *(const float *)((const char *)a + r * row_a + i * step_a) * *(const float *)(column + i * row_b);
            *to = sum;
        }
    }
}

static void packed(int64_t k, const void *a, int64_t row_a, int64_t step_a, const void *b, int64_t row_b, int64_t panel,
                   int64_t panels, void *c, int64_t row_c, int64_t count, int64_t accumulate) {
    CHECK(row_a == 4 && step_a == TILE_ROWS * 4 && count <= TILE_ROWS);
    tile(k, a, row_a, step_a, b, row_b, panel, panels, c, row_c, count, accumulate);
}

static void dot(int64_t k, const void *a, int64_t row_a, int64_t count, const void *b, int64_t column_b,
                int64_t columns, void *c, int64_t row_c, int64_t step_c) {
    CHECK(k >= LANES && count <= DOT_ROWS);
    for (int64_t r = 0; r < count; r++) {
        for (int64_t j = 0; j < columns; j++) {
            const float *left = (const float *)((const char *)a + r * row_a);
            const float *right = (const float *)((const char *)b + j * column_b);
            float sum = 0;
            for (int64_t i = 0; i < k; i++) sum += left[i] * right[i];
            *(float *)((char *)c + r * row_c + j * step_c) = sum;
        }
    }
}

static void transpose(void *to, int64_t to_row, const void *from, int64_t step, int64_t rows, int64_t columns) {
    CHECK(rows >= SIDE && columns >= SIDE);
    for (int64_t i = 0; i < columns; i++)
        for (int64_t j = 0; j < rows; j++)
            ((float *)((char *)to + j * to_row))[i] = ((const float *)((const char *)from + i * step))[j];
}

/* Small blocks, so that small products have several. */
static const aj_tiles tiles = {
    .block_k = 32, .block_bytes = 8192, .packing_columns = 64, .in_place_rows = 12, .in_place_bytes = 100, .in_place_k = 8, .dot_rows = 4, .lanes = LANES,
    .side = SIDE, .transpose = transpose,
    .packed = {TILE_ROWS, packed}, .tiles = {{4, tile}, {1, tile}}, .dots = {{DOT_ROWS, dot}, {1, dot}},
};
static const aj_kernel add_kernel = {.inputs = 2, .outputs = 1, .lanes = LANES, .cost = 50,
                                     .dtypes = {AJ_F32, AJ_F32, AJ_F32}};
static const aj_reduction sum_reduction = {
    .kernel = {.inputs = 1, .outputs = 0, .lanes = LANES, .cost = 50, .dtypes = {AJ_F32}},
    .results = 1, .result_dtypes = {AJ_F32}, .accumulator_dtypes = {AJ_F64}, .combiners = {AJ_COMBINE_ADD},
};

/* A borrowed tensor of consecutive small integers in memory of its own. `order` permutes the dims. */
static aj_tensor tensor(int32_t ndim, const int64_t *sizes, const int32_t *order) {
    aj_tensor t = {.head = {-1, AJ_TENSOR, 0}, .dtype = AJ_F32, .ndim = ndim, .numel = 1};
    for (int32_t i = ndim - 1; i >= 0; i--) {
        int32_t d = order ? order[i] : i;
        t.sizes[d] = sizes[d];
        t.strides[d] = t.numel;
        t.numel *= sizes[d];
    }
    float *data = malloc((size_t)t.numel * 4);
    for (int64_t i = 0; i < t.numel; i++) data[i] = (float)(i % 7 - 3);
    t.data = data;
    return t;
}

static float at(const aj_tensor *t, int64_t i, int64_t j) {
    int64_t row = t->ndim == 2 && t->sizes[0] > 1 ? i * t->strides[0] : 0;
    return ((const float *)t->data)[row + (t->sizes[t->ndim - 1] > 1 ? j * t->strides[t->ndim - 1] : 0)];
}

static void test_pointwise(aj_instance *self, int64_t m, int64_t n) {
    const int64_t shapes[][2] = {{m, n}, {1, n}, {m, 1}, {1, 1}};
    const int32_t transposed[] = {1, 0};
    for (int i = 0; i < 8; i++) {
        aj_tensor a = tensor(2, shapes[0], i & 1 ? transposed : NULL), b = tensor(2, shapes[i / 2], NULL);
        aj_tensor *inputs[] = {&a, &b}, *out = NULL;
        CHECK(aj_pointwise(self, add, &add_kernel, inputs, NULL, &out) == AJ_OK);
        for (int64_t r = 0; r < m; r++)
            for (int64_t c = 0; c < n; c++) CHECK(at(out, r, c) == at(&a, r, c) + at(&b, r, c));
        aj_tensor *outs[] = {&a};
        CHECK(aj_pointwise_out(self, add, &add_kernel, inputs, NULL, outs) == AJ_OK);
        for (int64_t r = 0; r < m; r++)
            for (int64_t c = 0; c < n; c++) CHECK(at(out, r, c) == at(&a, r, c));
        aj_release(self, &out->head);
        free(a.data);
        free(b.data);
    }
}

static void test_reduce(aj_instance *self, int64_t m, int64_t n) {
    const int64_t sizes[] = {m, n};
    const int32_t transposed[] = {1, 0};
    for (int i = 0; i < 4; i++) {
        aj_tensor a = tensor(2, sizes, i & 1 ? transposed : NULL), *input = &a, *out = NULL;
        int64_t dim = i / 2, results = dim ? m : n;
        CHECK(aj_reduce(self, fold, columns, &sum_reduction, &input, NULL, 1, &dim, false, &out) == AJ_OK);
        CHECK(out->ndim == 1 && out->numel == results);
        for (int64_t k = 0; k < results; k++) {
            float sum = 0;
            for (int64_t l = 0; l < (dim ? n : m); l++) sum += dim ? at(&a, k, l) : at(&a, l, k);
            CHECK(((const float *)out->data)[k] == sum);
        }
        aj_release(self, &out->head);
        free(a.data);
    }
}

static void test_matmul(aj_instance *self, int64_t m, int64_t k, int64_t n) {
    const int64_t left[] = {m, k}, right[] = {k, n};
    const int32_t transposed[] = {1, 0};
    for (int i = 0; i < 4; i++) {
        aj_tensor a = tensor(2, left, i & 1 ? transposed : NULL), b = tensor(2, right, i & 2 ? transposed : NULL);
        aj_tensor bias = tensor(1, &n, NULL), *extras[] = {&bias}, *out = NULL;
        CHECK(aj_matmul(self, &tiles, add, &add_kernel, &a, &b, false, extras, NULL, &out) == AJ_OK);
        for (int64_t r = 0; r < m; r++) {
            for (int64_t c = 0; c < n; c++) {
                float sum = ((const float *)bias.data)[c];
                for (int64_t l = 0; l < k; l++) sum += at(&a, r, l) * at(&b, l, c);
                CHECK(at(out, r, c) == sum);
            }
        }
        aj_release(self, &out->head);
        free(a.data);
        free(b.data);
        free(bias.data);
    }
}

static void test_reduction_of_arguments(void) {
    for (double x = 1e-5; x < 1e308; x *= 1.37) {
        const double both[] = {x, -x};
        double quadrant[2], high[2], low[2], y = 0.7, r;
        aj_reduce_half_pi(both, quadrant, high, low, 2);
        for (int i = 0; i < 2; i++) {
            double s = (int)quadrant[i] & 1 ? cos(high[i] + low[i]) : sin(high[i] + low[i]);
            CHECK(fabs(((int)quadrant[i] & 2 ? -s : s) - sin(both[i])) < 1e-15);
        }
        aj_fmod(&x, &y, &r, 1);
        CHECK(r == fmod(x, y));
        aj_fmod(&y, &x, &r, 1);
        CHECK(r == fmod(y, x));
    }
}

int main(void) {
    static const int64_t lengths[] = {1, 3, 16, 17, 70, 300, 1500};
    aj_instance *self = NULL;
    CHECK(aj_create(&hand_functions__model, NULL, &self) == AJ_OK);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int64_t m = 1; m <= 20; m += 6) {
            test_pointwise(self, m, lengths[i]);
            test_pointwise(self, lengths[i], m);
            test_reduce(self, m, lengths[i]);
            test_reduce(self, lengths[i], m);
        }
    }
    for (int64_t m = 1; m <= 40; m += 7) {
        test_matmul(self, m, 5, 33);
        test_matmul(self, m, 300, 64);
        test_matmul(self, m, 17, 7);
        test_matmul(self, m, 40, 1);
        test_matmul(self, m, 20, 3);
    }
    test_reduction_of_arguments();
    aj_dispose(self);
    puts("ok");
    return 0;
}
