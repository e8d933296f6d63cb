/* Strided memory: copies, conversions, broadcasting. */
#ifndef AJ_TENSOR_H
#define AJ_TENSOR_H

#include "dtype.h"
#include "object.h"

/* Row-major without gaps; true for an empty tensor. */
bool aj_tensor_is_contiguous(const aj_tensor *t);

/* A tensor of base's storage, `offset` elements from its first on; sizes, strides and numel are still to be written. NULL
 * when there is no memory. */
aj_tensor *aj_tensor_alias(aj_instance *self, aj_tensor *base, int32_t ndim, int64_t offset);

/* Element by element over sizes[ndim]; strides in elements; the dtypes must be convertible (convert.h). */
void aj_strided_copy(int32_t ndim, const int64_t *sizes, void *to, int32_t to_dtype, const int64_t *to_strides,
                     const void *from, int32_t from_dtype, const int64_t *from_strides);

/* strides[ndim] that read `t` as if it had shape `sizes`: 0 where it is broadcast. */
int32_t aj_broadcast_strides(aj_instance *self, const aj_tensor *t, int32_t ndim, const int64_t *sizes,
                             int64_t *strides);

/* The common shape of `count` tensors; `sizes` has room for AJ_MAX_RANK. */
int32_t aj_broadcast_shape(aj_instance *self, int32_t count, const aj_tensor *const *tensors, int32_t *ndim,
                           int64_t *sizes);

/* Fails where more than one element of `t`, which is about to be written, is in one place. */
int32_t aj_check_places(aj_instance *self, const aj_tensor *t);

/* dim + rank when negative. Fails outside -rank..rank-1 with torch's IndexError; a 0-d tensor takes -1 and 0. */
int32_t aj_wrap_dim(aj_instance *self, int64_t dim, int32_t rank, int32_t *out);

#endif
