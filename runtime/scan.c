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

static int32_t scan(aj_instance *self, aj_tensor *t, int64_t dim, int64_t dtype, bool product, aj_tensor **out) {
    int32_t at = 0;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &at);
    if (!status) status = aj_tensor_new(self, (int32_t)dtype, t->ndim, t->sizes, out);
    if (status || t->numel == 0) return status;
    int64_t position[AJ_MAX_RANK] = {0}, count = t->ndim ? t->sizes[at] : 1;
    int64_t from_width = aj_dtype_bytes(t->dtype), to_width = aj_dtype_bytes((int32_t)dtype);
    int64_t from_step = t->ndim ? t->strides[at] * from_width : 0, to_step = t->ndim ? (*out)->strides[at] * to_width : 0;
    for (int64_t row = 0; row < t->numel / count; row++) {
        int64_t from = 0, to = 0;
        for (int32_t d = 0; d < t->ndim; d++) {
            from += position[d] * t->strides[d];
            to += position[d] * (*out)->strides[d];
        }
        scan_row(*out, (char *)(*out)->data + to * to_width, (const char *)t->data + from * from_width, t->dtype,
                 from_step, to_step, count, product);
        for (int32_t d = t->ndim - 1; d >= 0; d--) {
            if (d == at) continue;
            if (++position[d] < t->sizes[d]) break;
            position[d] = 0;
        }
    }
    return AJ_OK;
}

int32_t aj_cumsum(aj_instance *self, aj_tensor *t, int64_t dim, int64_t dtype, aj_tensor **out) {
    return scan(self, t, dim, dtype, false, out);
}

int32_t aj_cumprod(aj_instance *self, aj_tensor *t, int64_t dim, int64_t dtype, aj_tensor **out) {
    return scan(self, t, dim, dtype, true, out);
}
