/* Views whose elements are in other strides: diagonals, sliding windows. */
#include "operators.h"
#include "tensor.h"

int32_t aj_view_diagonal(aj_instance *self, aj_tensor *t, int64_t offset, int64_t dim1, int64_t dim2, aj_tensor **out) {
    int32_t a = 0, b = 0, rank = 0;
    int32_t status = aj_wrap_dim(self, dim1, t->ndim, &a);
    if (!status) status = aj_wrap_dim(self, dim2, t->ndim, &b);
    if (status) return status;
    if (a == b || t->ndim < 2) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "diagonal dimensions cannot be identical %lld, %lld", (long long)dim1,
                       (long long)dim2);
    }
    int64_t sizes[AJ_MAX_RANK], strides[AJ_MAX_RANK], start = 0;
    int64_t rows = t->sizes[a] + (offset < 0 ? offset : 0), columns = t->sizes[b] - (offset > 0 ? offset : 0);
    int64_t count = rows < columns ? rows : columns;
    if (count > 0) start = offset >= 0 ? offset * t->strides[b] : -offset * t->strides[a];
    for (int32_t d = 0; d < t->ndim; d++) {
        if (d == a || d == b) continue;
        sizes[rank] = t->sizes[d];
        strides[rank++] = t->strides[d];
    }
    sizes[rank] = count > 0 ? count : 0;
    strides[rank++] = t->strides[a] + t->strides[b];
    return aj_tensor_view(self, t, rank, sizes, strides, start, out);
}

int32_t aj_view_unfold(aj_instance *self, aj_tensor *t, int64_t dim, int64_t size, int64_t step, aj_tensor **out) {
    int32_t d = 0;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &d);
    if (status) return status;
    int64_t whole = t->ndim ? t->sizes[d] : 1;
    if (size < 0 || size > whole || step <= 0 || t->ndim == AJ_MAX_RANK) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "maximum size for tensor at dimension %d is %lld but size is %lld (step "
                       "%lld)", (int)d, (long long)whole, (long long)size, (long long)step);
    }
    int64_t sizes[AJ_MAX_RANK], strides[AJ_MAX_RANK];
    for (int32_t i = 0; i < t->ndim; i++) {
        sizes[i] = i == d ? (whole - size) / step + 1 : t->sizes[i];
        strides[i] = i == d ? t->strides[i] * step : t->strides[i];
    }
    sizes[t->ndim] = size;
    strides[t->ndim] = t->ndim ? t->strides[d] : 1;
    return aj_tensor_view(self, t, t->ndim + 1, sizes, strides, 0, out);
}
