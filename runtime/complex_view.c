/* Views of complex tensors as real ones with a last dim of two, and back. */
#include "arena.h"
#include "operators.h"
#include "tensor.h"

int32_t aj_view_as_real(aj_instance *self, aj_tensor *t, aj_tensor **out) {
    int64_t sizes[AJ_MAX_RANK], strides[AJ_MAX_RANK];
    if (t->ndim == AJ_MAX_RANK) return aj_fail(self, AJ_NOT_IMPLEMENTED, "tensors have at most %d dims", AJ_MAX_RANK);
    for (int32_t d = 0; d < t->ndim; d++) {
        sizes[d] = t->sizes[d];
        strides[d] = 2 * t->strides[d];
    }
    sizes[t->ndim] = 2;
    strides[t->ndim] = 1;
    int32_t status = aj_tensor_view(self, t, t->ndim + 1, sizes, strides, 0, out);
    if (!status) (*out)->dtype = t->dtype == AJ_C64 ? AJ_F32 : AJ_F64;
    return status;
}

int32_t aj_view_as_complex(aj_instance *self, aj_tensor *t, aj_tensor **out) {
    const int32_t last = t->ndim - 1;
    int64_t strides[AJ_MAX_RANK];
    if (last < 0 || t->sizes[last] != 2) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "Tensor must have a last dimension of size 2");
    }
    if (t->strides[last] != 1) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "Tensor must have a last dimension with stride 1");
    }
    for (int32_t d = 0; d < last; d++) {
        if (t->strides[d] % 2 != 0) {
            return aj_fail(self, AJ_RUNTIME_ERROR, "Tensor must have a stride divisible by 2 for all but last dimension");
        }
        strides[d] = t->strides[d] / 2;
    }
    int32_t status = aj_tensor_view(self, t, last, t->sizes, strides, 0, out);
    if (!status) (*out)->dtype = t->dtype == AJ_F32 ? AJ_C64 : AJ_C128;
    return status;
}
