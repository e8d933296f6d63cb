/* Running totals along one dim. Floats are summed in double. */
#include "convert.h"
#include "operators.h"
#include "tensor.h"

static void scan_row(aj_tensor *out, char *to, const char *from, int32_t from_dtype, int64_t from_step, int64_t to_step,
                     int64_t count, bool product) {
    double real = product;
    uint64_t whole = product;
    for (int64_t i = 0; i < count; i++, from += from_step, to += to_step) {
        if (aj_dtype_is_floating(out->dtype)) {
            double x = aj_load_double(from, from_dtype);
            real = product ? real * x : real + x;
            aj_store_double(to, out->dtype, real);
        } else {
            uint64_t x = (uint64_t)aj_load_int(from, from_dtype);
            whole = product ? whole * x : whole + x;
            aj_store_int(to, out->dtype, (int64_t)whole);
        }
    }
}

enum {
    SCAN_ROWS = 4,     /* rows whose totals run side by side: additions of one row wait for each other */
    SCAN_COLUMNS = 256 /* totals kept on the stack                                                     */
};

/* Totals of row-major [outer][count][inner] elements of one type. */
#define DEFINE_SCAN(NAME, T, TOTAL, FIRST, STEP)                                                                \
    static void NAME##_rows(const T *from, T *to, int64_t count, int64_t rows) {                                \
        const T *f0 = from, *f1 = f0 + count, *f2 = f1 + count, *f3 = f2 + count;                               \
        T *t0 = to, *t1 = t0 + count, *t2 = t1 + count, *t3 = t2 + count;                                       \
        TOTAL a = FIRST, b = FIRST, c = FIRST, d = FIRST;                                                       \
        for (int64_t i = 0; rows >= SCAN_ROWS && i < count; i++) {                                              \
            t0[i] = (T)(a = a STEP (TOTAL)f0[i]);                                                               \
            t1[i] = (T)(b = b STEP (TOTAL)f1[i]);                                                               \
            t2[i] = (T)(c = c STEP (TOTAL)f2[i]);                                                               \
            t3[i] = (T)(d = d STEP (TOTAL)f3[i]);                                                               \
        }                                                                                                       \
        for (int64_t r = 0; rows < SCAN_ROWS && r < rows; r++) {                                                \
            TOTAL total = FIRST;                                                                                \
            for (int64_t i = 0; i < count; i++)                                                                 \
                to[r * count + i] = (T)(total = total STEP (TOTAL)from[r * count + i]);                         \
        }                                                                                                       \
    }                                                                                                           \
    static void NAME##_columns(const T *from, T *to, int64_t count, int64_t inner, int64_t columns) {           \
        TOTAL total[SCAN_COLUMNS];                                                                              \
        for (int64_t c = 0; c < columns; c++) total[c] = FIRST;                                                 \
        for (int64_t i = 0; i < count; i++, from += inner, to += inner)                                         \
            for (int64_t c = 0; c < columns; c++) to[c] = (T)(total[c] = total[c] STEP (TOTAL)from[c]);         \
    }                                                                                                           \
    static void NAME(const void *source, void *result, int64_t outer, int64_t count, int64_t inner) {           \
        const T *from = (const T *)source;                                                                      \
        T *to = (T *)result;                                                                                    \
        for (int64_t o = 0; inner == 1 && o < outer; o += SCAN_ROWS)                                            \
            NAME##_rows(from + o * count, to + o * count, count, outer - o);                                    \
        for (int64_t o = 0; inner > 1 && o < outer; o++) {                                                      \
            for (int64_t c = 0; c < inner; c += SCAN_COLUMNS) {                                                 \
                int64_t at = o * count * inner + c, columns = inner - c;                                        \
                if (columns > SCAN_COLUMNS) columns = SCAN_COLUMNS;                                             \
                NAME##_columns(from + at, to + at, count, inner, columns);                                      \
            }                                                                                                   \
        }                                                                                                       \
    }

DEFINE_SCAN(sums_f32, float, double, 0, +)
DEFINE_SCAN(sums_f64, double, double, 0, +)
DEFINE_SCAN(sums_i64, uint64_t, uint64_t, 0, +)
DEFINE_SCAN(products_f32, float, double, 1, *)
DEFINE_SCAN(products_f64, double, double, 1, *)
DEFINE_SCAN(products_i64, uint64_t, uint64_t, 1, *)

typedef void (*scan_run)(const void *from, void *to, int64_t outer, int64_t count, int64_t inner);

/* The loop for a type; NULL for narrow ones, which go element by element. */
static scan_run loop_of(int32_t dtype, bool product) {
    switch (dtype) {
    case AJ_F32: return product ? products_f32 : sums_f32;
    case AJ_F64: return product ? products_f64 : sums_f64;
    case AJ_I64: return product ? products_i64 : sums_i64;
    default: return NULL;
    }
}

/* Strided or narrow elements. */
static void scan_elements(const aj_tensor *t, aj_tensor *out, int32_t at, bool product) {
    int64_t position[AJ_MAX_RANK] = {0}, count = t->ndim ? t->sizes[at] : 1;
    int64_t from_width = aj_dtype_bytes(t->dtype), to_width = aj_dtype_bytes(out->dtype);
    int64_t from_step = t->ndim ? t->strides[at] * from_width : 0, to_step = t->ndim ? out->strides[at] * to_width : 0;
    for (int64_t row = 0; row < t->numel / count; row++) {
        int64_t from = 0, to = 0;
        for (int32_t d = 0; d < t->ndim; d++) {
            from += position[d] * t->strides[d];
            to += position[d] * out->strides[d];
        }
        scan_row(out, (char *)out->data + to * to_width, (const char *)t->data + from * from_width, t->dtype, from_step,
                 to_step, count, product);
        for (int32_t d = t->ndim - 1; d >= 0; d--) {
            if (d == at) continue;
            if (++position[d] < t->sizes[d]) break;
            position[d] = 0;
        }
    }
}

static int32_t scan(aj_instance *self, aj_tensor *t, int64_t dim, int64_t dtype, bool product, aj_tensor **out) {
    int32_t at = 0;
    aj_tensor *converted = NULL, *rows = NULL;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &at);
    if (!status) status = aj_tensor_new(self, (int32_t)dtype, t->ndim, t->sizes, out);
    if (status || t->numel == 0) return status;
    scan_run loop = loop_of((int32_t)dtype, product);
    if (!loop) {
        scan_elements(t, *out, at, product);
        return AJ_OK;
    }
    status = aj_to_dtype(self, t, dtype, &converted);
    if (!status) status = aj_contiguous(self, converted, &rows);
    if (!status) {
        int64_t inner = 1, count = t->ndim ? t->sizes[at] : 1;
        for (int32_t d = at + 1; d < t->ndim; d++) inner *= t->sizes[d];
        loop(rows->data, (*out)->data, t->numel / (count * inner), count, inner);
    }
    if (converted) aj_release(self, &converted->head);
    if (rows) aj_release(self, &rows->head);
    if (status) aj_release(self, &(*out)->head);
    return status;
}

int32_t aj_cumsum(aj_instance *self, aj_tensor *t, int64_t dim, int64_t dtype, aj_tensor **out) {
    return scan(self, t, dim, dtype, false, out);
}

int32_t aj_cumprod(aj_instance *self, aj_tensor *t, int64_t dim, int64_t dtype, aj_tensor **out) {
    return scan(self, t, dim, dtype, true, out);
}
