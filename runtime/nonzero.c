/* Which elements are not zero: their number, their coordinates. */
#include "convert.h"
#include "operators.h"
#include "places.h"

const uint8_t *aj_plain_mask(const aj_tensor *t) {
    int64_t expected = 1;
    for (int32_t d = t->ndim - 1; d >= 0; d--) {
        if (t->sizes[d] != 1 && t->strides[d] != expected) return NULL;
        expected *= t->sizes[d];
    }
    return t->dtype == AJ_BOOL ? (const uint8_t *)t->data : NULL;
}

static bool is_nonzero(const char *element, int32_t dtype) {
    if (!aj_dtype_is_complex(dtype)) return aj_load_double(element, dtype) != 0;
    const int32_t part = dtype == AJ_C64 ? AJ_F32 : AJ_F64;
    return aj_load_double(element, part) != 0 || aj_load_double(element + aj_dtype_bytes(part), part) != 0;
}

int64_t aj_count_nonzero(const aj_tensor *t) {
    int64_t position[AJ_MAX_RANK] = {0}, found = 0;
    const uint8_t *mask = aj_plain_mask(t);
    if (mask) {
        for (int64_t i = 0; i < t->numel; i++) found += mask[i] != 0;
        return found;
    }
    for (int64_t i = 0; i < t->numel; i++, aj_advance(t->ndim, t->sizes, position))
        found += is_nonzero(aj_element_at(t, position), t->dtype);
    return found;
}

void aj_store_nonzero(const aj_tensor *t, int64_t found, int64_t *const *columns, int64_t step) {
    int64_t position[AJ_MAX_RANK] = {0}, row = 0;
    const uint8_t *mask = aj_plain_mask(t);
    if (mask && t->ndim == 1) {
        for (int64_t i = 0; row < found; i++) { /* no branch that nobody could foretell */
            columns[0][row * step] = i;
            row += mask[i] != 0;
        }
        return;
    }
    for (int64_t i = 0; i < t->numel; i++, aj_advance(t->ndim, t->sizes, position)) {
        if (!is_nonzero(aj_element_at(t, position), t->dtype)) continue;
        for (int32_t d = 0; d < t->ndim; d++) columns[d][row * step] = position[d];
        row++;
    }
}

int32_t aj_nonzero(aj_instance *self, aj_tensor *t, aj_tensor **out) {
    int64_t found = aj_count_nonzero(t), sizes[2] = {found, t->ndim};
    int32_t status = aj_tensor_new(self, AJ_I64, 2, sizes, out);
    if (status) return status;
    int64_t *columns[AJ_MAX_RANK];
    for (int32_t d = 0; d < t->ndim; d++) columns[d] = (int64_t *)(*out)->data + d;
    aj_store_nonzero(t, found, columns, t->ndim);
    return AJ_OK;
}

