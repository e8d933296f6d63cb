#include "convert.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"
#include "value.h"

static aj_tensor *item(const aj_list *tensors, int64_t i) { return (aj_tensor *)aj_word_pointer(tensors->data[i]); }

/* torch's rule from long ago: a 1-d tensor without elements joins anything. */
static bool is_skipped(const aj_tensor *t) { return t->ndim == 1 && t->sizes[0] == 0; }

/* Copies `part` into `out` at `start` along `dim`. */
static void place(aj_tensor *out, int32_t dim, int64_t start, const aj_tensor *part, const int64_t *sizes,
                  const int64_t *part_strides) {
    char *to = (char *)out->data + start * out->strides[dim] * aj_dtype_bytes(out->dtype);
    aj_strided_copy(out->ndim, sizes, to, out->dtype, out->strides, part->data, part->dtype, part_strides);
}

static int32_t check_part(aj_instance *self, const aj_tensor *first, const aj_tensor *t, int64_t i, int32_t dim) {
    if (t->dtype != first->dtype) {
        return aj_fail(self, AJ_NOT_IMPLEMENTED, "cat: tensors of different dtypes (%s and %s) are not supported",
                       aj_dtype_name(first->dtype), aj_dtype_name(t->dtype));
    }
    if (t->ndim != first->ndim) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "Tensors must have same number of dimensions: got %d and %d",
                       (int)first->ndim, (int)t->ndim);
    }
    for (int32_t d = 0; d < t->ndim; d++) {
        if (d == dim || t->sizes[d] == first->sizes[d]) continue;
        return aj_fail(self, AJ_RUNTIME_ERROR, "Sizes of tensors must match except in dimension %d. Expected size %lld "
                       "but got size %lld for tensor number %lld in the list.", (int)dim,
                       (long long)first->sizes[d], (long long)t->sizes[d], (long long)i);
    }
    return AJ_OK;
}

int32_t aj_cat(aj_instance *self, const aj_list *tensors, int64_t dim, aj_tensor **out) {
    if (tensors->length == 0) return aj_fail(self, AJ_RUNTIME_ERROR, "cat: expected a non-empty list of tensors");
    const aj_tensor *first = item(tensors, 0);
    for (int64_t i = 1; i < tensors->length && is_skipped(first); i++) first = item(tensors, i);
    if (first->ndim == 0) return aj_fail(self, AJ_RUNTIME_ERROR, "zero-dimensional tensor cannot be concatenated");
    int32_t at = 0;
    int32_t status = aj_wrap_dim(self, dim, first->ndim, &at);
    if (status) return status;
    int64_t sizes[AJ_MAX_RANK];
    memcpy(sizes, first->sizes, sizeof sizes);
    sizes[at] = 0;
    for (int64_t i = 0; i < tensors->length; i++) {
        const aj_tensor *t = item(tensors, i);
        if (is_skipped(t) && first->ndim != 1) continue;
        status = check_part(self, first, t, i, at);
        if (status) return status;
        sizes[at] += t->sizes[at];
    }
    status = aj_tensor_new(self, first->dtype, first->ndim, sizes, out);
    if (status) return status;
    int64_t start = 0;
    for (int64_t i = 0; i < tensors->length; i++) {
        const aj_tensor *t = item(tensors, i);
        if (t->numel == 0) {
            start += t->ndim == first->ndim ? t->sizes[at] : 0;
            continue;
        }
        place(*out, at, start, t, t->sizes, t->strides);
        start += t->sizes[at];
    }
    return AJ_OK;
}

int32_t aj_stack(aj_instance *self, const aj_list *tensors, int64_t dim, aj_tensor **out) {
    if (tensors->length == 0) return aj_fail(self, AJ_RUNTIME_ERROR, "stack expects a non-empty TensorList");
    const aj_tensor *first = item(tensors, 0);
    int32_t at, rank = first->ndim + 1;
    if (rank > AJ_MAX_RANK) return aj_fail(self, AJ_VALUE_ERROR, "at most %d dimensions", (int)AJ_MAX_RANK);
    int32_t status = aj_wrap_dim(self, dim, rank, &at);
    if (status) return status;
    int64_t sizes[AJ_MAX_RANK], strides[AJ_MAX_RANK];
    for (int32_t d = 0; d < rank; d++) sizes[d] = d == at ? tensors->length : first->sizes[d - (d > at)];
    for (int64_t i = 1; i < tensors->length; i++) {
        const aj_tensor *t = item(tensors, i);
        bool equal = t->ndim == first->ndim && t->dtype == first->dtype;
        for (int32_t d = 0; equal && d < t->ndim; d++) equal = t->sizes[d] == first->sizes[d];
        if (equal) continue;
        return aj_fail(self, AJ_RUNTIME_ERROR,
                       "stack expects each tensor to be equal size and dtype, but the one at entry "
                       "%lld differs from the one at entry 0",
                       (long long)i);
    }
    status = aj_tensor_new(self, first->dtype, rank, sizes, out);
    if (status) return status;
    sizes[at] = 1;
    for (int64_t i = 0; i < tensors->length; i++) {
        const aj_tensor *t = item(tensors, i);
        for (int32_t d = 0; d < rank; d++) strides[d] = d == at ? 0 : t->strides[d - (d > at)];
        place(*out, at, i, t, sizes, strides);
    }
    return AJ_OK;
}

static int32_t read_index(aj_instance *self, const char *name, const aj_tensor *index, const char *element,
                          int64_t limit, int64_t *out) {
    *out = aj_load_int(element, index->dtype);
    if (*out >= 0 && *out < limit) return AJ_OK;
    return aj_fail(self, AJ_INDEX_ERROR, "%s: index %lld out of range for a dimension of size %lld", name,
                   (long long)*out, (long long)limit);
}

static int32_t check_index(aj_instance *self, const char *name, const aj_tensor *index) {
    if (index->dtype == AJ_I64 || index->dtype == AJ_I32) return AJ_OK;
    return aj_fail(self, AJ_RUNTIME_ERROR, "%s: expected an int32 or int64 index, got %s", name,
                   aj_dtype_name(index->dtype));
}

int32_t aj_index_select(aj_instance *self, aj_tensor *t, int64_t dim, aj_tensor *index, aj_tensor **out) {
    int32_t at = 0;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &at);
    if (!status) status = check_index(self, "index_select()", index);
    if (status) return status;
    if (index->ndim > 1) {
        return aj_fail(self, AJ_INDEX_ERROR, "index_select(): Index is supposed to be a vector, got %d dimensions",
                       (int)index->ndim);
    }
    int64_t sizes[AJ_MAX_RANK], one[AJ_MAX_RANK], strides[AJ_MAX_RANK];
    int32_t rank = t->ndim > 0 ? t->ndim : 1;
    for (int32_t d = 0; d < rank; d++) {
        sizes[d] = one[d] = t->ndim ? t->sizes[d] : 1;
        strides[d] = t->ndim ? t->strides[d] : 1;
    }
    sizes[at] = index->numel;
    one[at] = 1;
    int64_t limit = t->ndim ? t->sizes[at] : 1, width = aj_dtype_bytes(t->dtype);
    status = aj_tensor_new(self, t->dtype, rank, sizes, out);
    if (status) return status;
    const char *element = (const char *)index->data;
    int64_t step = (index->ndim ? index->strides[0] : 0) * aj_dtype_bytes(index->dtype);
    for (int64_t i = 0; i < index->numel; i++, element += step) {
        int64_t from;
        status = read_index(self, "index_select()", index, element, limit, &from);
        if (status) {
            aj_release(self, &(*out)->head);
            return status;
        }
        char *to = (char *)(*out)->data + i * (*out)->strides[at] * width;
        const char *source = (const char *)t->data + from * strides[at] * width;
        aj_strided_copy(rank, one, to, t->dtype, (*out)->strides, source, t->dtype, strides);
    }
    return AJ_OK;
}

int32_t aj_embedding(aj_instance *self, aj_tensor *weight, aj_tensor *index, aj_tensor **out) {
    if (weight->ndim != 2) return aj_fail(self, AJ_RUNTIME_ERROR, "'weight' must be 2-D");
    if (index->ndim >= AJ_MAX_RANK) return aj_fail(self, AJ_VALUE_ERROR, "at most %d dimensions", (int)AJ_MAX_RANK);
    int32_t status = check_index(self, "embedding()", index);
    if (status) return status;
    aj_tensor *flat = NULL, *rows = NULL;
    status = aj_contiguous(self, index, &flat);
    if (status) return status;
    aj_tensor line = *flat;
    line.head = (aj_object){.refcount = -1, .kind = AJ_TENSOR};
    line.ndim = 1;
    line.sizes[0] = flat->numel;
    line.strides[0] = 1;
    status = aj_index_select(self, weight, 0, &line, &rows);
    aj_release(self, &flat->head);
    if (status) return status;
    int64_t stride = weight->sizes[1] > 1 ? weight->sizes[1] : 1;
    rows->ndim = index->ndim + 1; /* the one reference is ours: reshape it in place */
    rows->sizes[index->ndim] = weight->sizes[1];
    rows->strides[index->ndim] = 1;
    for (int32_t d = index->ndim - 1; d >= 0; d--) {
        rows->sizes[d] = index->sizes[d];
        rows->strides[d] = stride;
        stride *= index->sizes[d] > 1 ? index->sizes[d] : 1;
    }
    *out = rows;
    return AJ_OK;
}
