#include <string.h>

#include "convert.h"
#include "operators.h"
#include "tensor.h"

static int32_t check_single(aj_instance *self, const aj_tensor *t) {
    if (t->numel != 1) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "a Tensor with %lld elements cannot be converted to Scalar",
                       (long long)t->numel);
    }
    if (aj_dtype_is_complex(t->dtype)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "a complex tensor cannot be converted to a real number");
    }
    return AJ_OK;
}

int32_t aj_item_int(aj_instance *self, const aj_tensor *t, int64_t *out) {
    int32_t status = check_single(self, t);
    if (!status && aj_dtype_is_floating(t->dtype)) {
        const double x = aj_load_double(t->data, t->dtype);
        if (!(x >= -0x1p63 && x < 0x1p63)) {
            return aj_fail(self, AJ_RUNTIME_ERROR, "value cannot be converted to type int64_t without overflow");
        }
    }
    if (!status) *out = aj_load_int(t->data, t->dtype);
    return status;
}

int32_t aj_item_float(aj_instance *self, const aj_tensor *t, double *out) {
    int32_t status = check_single(self, t);
    if (!status) *out = aj_load_double(t->data, t->dtype);
    return status;
}

int32_t aj_item_bool(aj_instance *self, const aj_tensor *t, bool *out) {
    if (t->numel != 1) {
        return aj_fail(self, AJ_RUNTIME_ERROR,
                       t->numel ? "Boolean value of Tensor with more than one value is ambiguous"
                                : "Boolean value of Tensor with no values is ambiguous");
    }
    int32_t status = check_single(self, t);
    if (!status) *out = aj_dtype_is_floating(t->dtype) ? aj_load_double(t->data, t->dtype) != 0
                                                       : aj_load_int(t->data, t->dtype) != 0;
    return status;
}

int32_t aj_size(aj_instance *self, const aj_tensor *t, int64_t dim, int64_t *out) {
    int32_t at = 0;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &at);
    if (status) return status;
    if (t->ndim == 0) return aj_fail(self, AJ_INDEX_ERROR, "Dimension specified as %lld but tensor has no dimensions",
                                     (long long)dim);
    *out = t->sizes[at];
    return AJ_OK;
}

int32_t aj_stride(aj_instance *self, const aj_tensor *t, int64_t dim, int64_t *out) {
    int64_t size;
    int32_t status = aj_size(self, t, dim, &size);
    if (!status) *out = t->strides[dim < 0 ? dim + t->ndim : dim];
    return status;
}

int32_t aj_size_list(aj_instance *self, const aj_tensor *t, aj_list **out) {
    int32_t status = aj_list_new(self, 1, 0, t->ndim, out);
    if (status) return status;
    for (int32_t d = 0; d < t->ndim; d++) (*out)->data[d] = (aj_word)t->sizes[d];
    (*out)->length = t->ndim;
    return AJ_OK;
}

int32_t aj_broadcast_sizes(aj_instance *self, const aj_list *a, const aj_list *b, aj_list **out) {
    const aj_list *longer = a->length < b->length ? b : a, *shorter = longer == a ? b : a;
    int64_t lead = longer->length - shorter->length;
    int32_t status = aj_list_new(self, 1, 0, longer->length, out);
    for (int64_t i = 0; !status && i < longer->length; i++) {
        aj_word one = longer->data[i], two = i < lead ? 1 : shorter->data[i - lead];
        if (one != two && one != 1 && two != 1) {
            aj_release(self, &(*out)->head);
            return aj_fail(self, AJ_RUNTIME_ERROR, "Shape mismatch: objects cannot be broadcast to a single shape");
        }
        (*out)->data[i] = one == 1 ? two : one;
    }
    if (!status) (*out)->length = longer->length;
    return status;
}

int32_t aj_stride_list(aj_instance *self, const aj_tensor *t, aj_list **out) {
    int32_t status = aj_size_list(self, t, out);
    for (int32_t d = 0; !status && d < t->ndim; d++) (*out)->data[d] = (aj_word)t->strides[d];
    return status;
}

int32_t aj_element_size(aj_instance *self, const aj_tensor *t, int64_t *out) {
    (void)self;
    *out = aj_dtype_bytes(t->dtype);
    return AJ_OK;
}

int32_t aj_flat_list(aj_instance *self, const aj_tensor *t, aj_list **out) {
    int32_t status = aj_list_new(self, 1, 0, t->numel, out);
    if (status) return status;
    const char *element = t->data;
    for (int64_t i = 0; i < t->numel; i++, element += aj_dtype_bytes(t->dtype)) {
        if (aj_dtype_is_floating(t->dtype)) {
            double value = aj_load_double(element, t->dtype);
            memcpy(&(*out)->data[i], &value, sizeof value);
        } else {
            (*out)->data[i] = (aj_word)aj_load_int(element, t->dtype);
        }
    }
    (*out)->length = t->numel;
    return AJ_OK;
}

int32_t aj_dim(aj_instance *self, const aj_tensor *t, int64_t *out) {
    (void)self;
    *out = t->ndim;
    return AJ_OK;
}

int32_t aj_numel(aj_instance *self, const aj_tensor *t, int64_t *out) {
    (void)self;
    *out = t->numel;
    return AJ_OK;
}

int32_t aj_len(aj_instance *self, const aj_tensor *t, int64_t *out) {
    if (t->ndim == 0) return aj_fail(self, AJ_TYPE_ERROR, "len() of a 0-d tensor");
    *out = t->sizes[0];
    return AJ_OK;
}

int32_t aj_dtype(aj_instance *self, const aj_tensor *t, int64_t *out) {
    (void)self;
    *out = t->dtype;
    return AJ_OK;
}

int32_t aj_is_floating_point(aj_instance *self, const aj_tensor *t, bool *out) {
    (void)self;
    *out = aj_dtype_is_floating(t->dtype);
    return AJ_OK;
}

int32_t aj_is_complex(aj_instance *self, const aj_tensor *t, bool *out) {
    (void)self;
    *out = aj_dtype_is_complex(t->dtype);
    return AJ_OK;
}

int32_t aj_is_contiguous(aj_instance *self, const aj_tensor *t, bool *out) {
    (void)self;
    *out = aj_tensor_is_contiguous(t);
    return AJ_OK;
}
