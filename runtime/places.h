/* Elements one after the other, whatever the strides, and which of them are not zero. */
#ifndef AJ_PLACES_H
#define AJ_PLACES_H

#include "tensor.h"

/* Moves `position` to the next place of a row-major walk. */
static inline void aj_advance(int32_t rank, const int64_t *sizes, int64_t *position) {
    for (int32_t d = rank - 1; d >= 0; d--) {
        if (++position[d] < sizes[d]) return;
        position[d] = 0;
    }
}

static inline const char *aj_element_at(const aj_tensor *t, const int64_t *position) {
    int64_t offset = 0;
    for (int32_t d = 0; d < t->ndim; d++) offset += position[d] * t->strides[d];
    return (const char *)t->data + offset * aj_dtype_bytes(t->dtype);
}

/* The bytes of a mask whose elements lie one behind the other; NULL of other tensors. */
const uint8_t *aj_plain_mask(const aj_tensor *t);
int64_t aj_count_nonzero(const aj_tensor *t);
/* columns[d][row * step]: coordinate d of each of the `found` non-zero elements, in row-major order. */
void aj_store_nonzero(const aj_tensor *t, int64_t found, int64_t *const *columns, int64_t step);

#endif
