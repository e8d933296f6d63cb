/* Views of a part of a dim: select, slice, narrow. Small programs make one for every few elements that they look at. */
#include "operators.h"
#include "tensor.h"
#include "value.h"

/* The view of `t` whose dim `at` has `size` elements, `step` of the tensor's apart, from its element `first` on; without
 * that dim where `size` is below zero. */
static int32_t part(aj_instance *self, aj_tensor *t, int32_t at, int64_t first, int64_t size, int64_t step,
                    aj_tensor **out) {
    aj_tensor *v = aj_tensor_alias(self, t, t->ndim - (size < 0), first * t->strides[at]);
    if (!v) return AJ_MEMORY_ERROR;
    int64_t *sizes = v->sizes, *strides = v->strides, numel = 1;
    for (int32_t d = 0; d < t->ndim; d++) {
        if (d == at && size < 0) continue;
        *strides++ = d == at ? t->strides[d] * step : t->strides[d];
        numel *= *sizes++ = d == at ? size : t->sizes[d];
    }
    v->numel = numel;
    *out = v;
    return AJ_OK;
}

/* The dim, of a tensor that has some. */
static int32_t dim_of(aj_instance *self, const aj_tensor *t, int64_t dim, int32_t *at) {
    *at = (int32_t)dim;
    return (uint64_t)dim < (uint64_t)t->ndim ? AJ_OK : aj_wrap_dim(self, dim, t->ndim, at);
}

int32_t aj_view_select(aj_instance *self, aj_tensor *t, int64_t dim, int64_t index, aj_tensor **out) {
    int32_t at = 0;
    if (t->ndim == 0) return aj_fail(self, AJ_INDEX_ERROR, "select() cannot be applied to a 0-dim tensor.");
    int32_t status = dim_of(self, t, dim, &at);
    if (status) return status;
    int64_t size = t->sizes[at], i = index < 0 ? index + size : index;
    if (i < 0 || i >= size) {
        return aj_fail(self, AJ_INDEX_ERROR, "index %lld is out of bounds for dimension %d with size %lld",
                       (long long)index, (int)at, (long long)size);
    }
    return part(self, t, at, i, -1, 1, out);
}

int32_t aj_view_slice(aj_instance *self, aj_tensor *t, int64_t dim, bool has_start, int64_t start, bool has_end,
                      int64_t end, int64_t step, aj_tensor **out) {
    int32_t at = 0;
    if (t->ndim == 0) return aj_fail(self, AJ_INDEX_ERROR, "slice() cannot be applied to a 0-dim tensor.");
    int32_t status = dim_of(self, t, dim, &at);
    if (status) return status;
    if (step <= 0) return aj_fail(self, AJ_VALUE_ERROR, "slice step must be positive");
    int64_t count = aj_slice_bounds(t->sizes[at], has_start, &start, has_end, end, step);
    return part(self, t, at, start, count, step, out);
}

int32_t aj_view_narrow(aj_instance *self, aj_tensor *t, int64_t dim, int64_t start, int64_t length, aj_tensor **out) {
    int32_t at = 0;
    if (t->ndim == 0) return aj_fail(self, AJ_RUNTIME_ERROR, "narrow() cannot be applied to a 0-dim tensor.");
    int32_t status = dim_of(self, t, dim, &at);
    if (status) return status;
    int64_t size = t->sizes[at], first = start < 0 ? start + size : start;
    if (length < 0) return aj_fail(self, AJ_RUNTIME_ERROR, "narrow(): length must be non-negative.");
    if (first < 0 || first > size || length > size - first) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "start (%lld) + length (%lld) exceeds dimension size (%lld).",
                       (long long)start, (long long)length, (long long)size);
    }
    return part(self, t, at, first, length, 1, out);
}
