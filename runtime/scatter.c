/* Places along a dim that an index tensor gives: self[..., index[i, j, k], ...] read, or written with = or += ... */
#include "convert.h"
#include "libc.h"
#include "operators.h"
#include "places.h"
#include "tensor.h"

static int32_t is_outside(aj_instance *self, int64_t value, int32_t dim, int64_t size) {
    return aj_fail(self, AJ_INDEX_ERROR, "index %lld is out of bounds for dimension %d with size %lld",
                   (long long)value, (int)dim, (long long)size);
}

static void combine_double(char *to, int32_t dtype, double value, int64_t how) {
    double old = aj_load_double(to, dtype);
    if (how == AJ_ADD) value += old;
    if (how == AJ_MULTIPLY) value *= old;
    if (how == AJ_LARGEST) value = old != old || old > value ? old : value;
    if (how == AJ_SMALLEST) value = old != old || old < value ? old : value;
    aj_store_double(to, dtype, value);
}

static void combine_int(char *to, int32_t dtype, int64_t value, int64_t how) {
    int64_t old = aj_load_int(to, dtype);
    if (how == AJ_ADD) value = (int64_t)((uint64_t)old + (uint64_t)value);
    if (how == AJ_MULTIPLY) value = (int64_t)((uint64_t)old * (uint64_t)value);
    if (how == AJ_LARGEST) value = old > value ? old : value;
    if (how == AJ_SMALLEST) value = old < value ? old : value;
    aj_store_int(to, dtype, value);
}

static void combine_complex(char *to, int32_t dtype, const char *from, int64_t how) {
    const int32_t part = dtype == AJ_C64 ? AJ_F32 : AJ_F64;
    const int64_t imaginary = aj_dtype_bytes(part);
    const double a = aj_load_double(to, part), b = aj_load_double(to + imaginary, part);
    const double c = aj_load_double(from, part), d = aj_load_double(from + imaginary, part);
    aj_store_double(to, part, how == AJ_ADD ? a + c : a * c - b * d);
    aj_store_double(to + imaginary, part, how == AJ_ADD ? b + d : a * d + b * c);
}

void aj_combine(char *to, int32_t dtype, const char *from, int64_t how) {
    if (how == AJ_WRITE || how == AJ_FILL) {
        memcpy(to, from, (size_t)aj_dtype_bytes(dtype));
    } else if (dtype == AJ_F32 && how == AJ_ADD) {
        float a, b;
        __builtin_memcpy(&a, to, 4);
        __builtin_memcpy(&b, from, 4);
        a += b;
        __builtin_memcpy(to, &a, 4);
    } else if (aj_dtype_is_complex(dtype)) {
        combine_complex(to, dtype, from, how);
    } else if (aj_dtype_is_floating(dtype)) {
        combine_double(to, dtype, aj_load_double(from, dtype), how);
    } else {
        combine_int(to, dtype, aj_load_int(from, dtype), how);
    }
}

static int32_t check(aj_instance *self, const aj_tensor *t, int32_t dim, const aj_tensor *index,
                     const aj_tensor *source, int64_t how) {
    if (aj_dtype_is_complex(t->dtype) && (how == AJ_LARGEST || how == AJ_SMALLEST)) {
        return aj_fail(self, AJ_NOT_IMPLEMENTED, "scatter(): complex numbers have no order");
    }
    if (index->dtype != AJ_I64 && index->dtype != AJ_I32) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "scatter(): Expected dtype int32/int64 for index");
    }
    if (source->dtype != t->dtype) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "scatter(): Expected self.dtype to be equal to src.dtype");
    }
    if (index->numel == 0) return AJ_OK;
    bool fits = index->ndim == t->ndim || (index->ndim <= 1 && t->ndim <= 1);
    if (source->ndim != 0) fits = fits && (source->ndim == index->ndim || (source->ndim <= 1 && index->ndim <= 1));
    for (int32_t d = 0; fits && d < index->ndim; d++) {
        if (source->ndim && index->sizes[d] > source->sizes[d]) fits = false;
        if (d != dim && t->ndim && index->sizes[d] > t->sizes[d]) fits = false;
    }
    if (fits) return AJ_OK;
    return aj_fail(self, AJ_RUNTIME_ERROR, "scatter(): Expected index to be no larger than self apart from dimension %d "
                   "and to be no larger size than src", (int)dim);
}

/* t[..., index, ...] combined with source, at the places of index; a 0-dim source is used everywhere. */
int32_t aj_scatter(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor *index, aj_tensor *source, int64_t how) {
    int32_t at = 0;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &at);
    if (!status) status = check(self, t, at, index, source, how);
    if (!status && how != AJ_FILL && index->numel > 0) status = aj_check_places(self, t);
    if (status) return status;
    int64_t place[AJ_MAX_RANK] = {0}, limit = t->ndim ? t->sizes[at] : 1;
    int64_t width = aj_dtype_bytes(t->dtype), index_width = aj_dtype_bytes(index->dtype);
    for (int64_t n = 0; n < index->numel; n++) {
        int64_t from_index = 0, from = 0, to = 0;
        for (int32_t d = 0; d < index->ndim; d++) {
            from_index += place[d] * index->strides[d];
            if (source->ndim) from += place[d] * source->strides[d];
            if (d != at && t->ndim) to += place[d] * t->strides[d];
        }
        int64_t chosen = aj_load_int((const char *)index->data + from_index * index_width, index->dtype);
        if (chosen < 0 || chosen >= limit) {
            return is_outside(self, chosen, at, limit);
        }
        if (t->ndim) to += chosen * t->strides[at];
        aj_combine((char *)t->data + to * width, t->dtype, (const char *)source->data + from * width, how);
        for (int32_t d = index->ndim - 1; d >= 0 && ++place[d] == index->sizes[d]; d--) place[d] = 0;
    }
    return AJ_OK;
}

int32_t aj_gather(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor *index, aj_tensor **out) {
    int32_t at = 0;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &at);
    if (status) return status;
    if (index->dtype != AJ_I64 && index->dtype != AJ_I32) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "gather(): expected an int64 or int32 index, got %s",
                       aj_dtype_name(index->dtype));
    }
    bool fits = index->ndim == t->ndim;
    for (int32_t d = 0; fits && d < t->ndim; d++) fits = d == at || index->sizes[d] <= t->sizes[d];
    if (!fits && index->numel > 0) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "gather(): the index must have the tensor's rank, and no dim but %d larger",
                       (int)at);
    }
    status = aj_tensor_new(self, t->dtype, index->ndim, index->sizes, out);
    if (status) return status;
    int64_t position[AJ_MAX_RANK] = {0}, width = aj_dtype_bytes(t->dtype);
    int64_t limit = t->ndim ? t->sizes[at] : 1;
    char *to = (char *)(*out)->data;
    for (int64_t i = 0; i < index->numel; i++, to += width, aj_advance(index->ndim, index->sizes, position)) {
        int64_t value = aj_load_int(aj_element_at(index, position), index->dtype), offset = 0;
        if (value < 0 || value >= limit) {
            aj_release(self, &(*out)->head);
            return is_outside(self, value, at, limit);
        }
        for (int32_t d = 0; d < t->ndim; d++) offset += (d == at ? value : position[d]) * t->strides[d];
        memcpy(to, (const char *)t->data + offset * width, (size_t)width);
    }
    return AJ_OK;
}
