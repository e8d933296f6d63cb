/* Operators that cut one tensor into a list of views, and as_strided. */
#include "operators.h"
#include "tensor.h"

int32_t aj_view_as_strided(aj_instance *self, aj_tensor *t, const aj_list *sizes, const aj_list *strides,
                           bool has_offset, int64_t offset, aj_tensor **out) {
    /* Offsets count from the start of the storage, which only a tensor that the arena allocated knows. */
    bool known = t->storage && t->storage->head.kind == AJ_STORAGE;
    char *start = known ? (char *)t->storage->data : (char *)t->data;
    int64_t width = aj_dtype_bytes(t->dtype), here = ((char *)t->data - start) / width;
    int64_t first = has_offset ? offset : here, last = first;
    if (sizes->length != strides->length || sizes->length > AJ_MAX_RANK) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "mismatch in length of strides and shape");
    }
    bool empty = false, overflow = false;
    for (int64_t d = 0; d < sizes->length; d++) {
        int64_t size = (int64_t)sizes->data[d], stride = (int64_t)strides->data[d], reach;
        if (size < 0 || stride < 0) {
            return aj_fail(self, AJ_RUNTIME_ERROR, "as_strided: negative sizes and strides are not supported");
        }
        empty |= size == 0;
        overflow |= __builtin_mul_overflow(size - 1, stride, &reach) || __builtin_add_overflow(last, reach, &last);
    }
    int64_t available = known ? (int64_t)t->storage->bytes / width : 0;
    if (!known) {
        available = 1;
        for (int32_t d = 0; d < t->ndim; d++) available += (t->sizes[d] - 1) * t->strides[d];
        if (t->numel == 0) available = 0;
    }
    if (first < 0 || overflow || (!empty && last >= available)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "as_strided: sizes and strides reach element %lld of a storage of %lld",
                       (long long)last, (long long)available);
    }
    return aj_tensor_view(self, t, (int32_t)sizes->length, (const int64_t *)sizes->data, (const int64_t *)strides->data,
                          first - here, out);
}

/* Appends a tensor, or nothing on failure; takes the reference. */
static int32_t append_owned(aj_instance *self, aj_list *list, aj_tensor *t) {
    aj_word word = (aj_word)(uintptr_t)t;
    int32_t status = aj_list_append(self, list, &word);
    aj_release(self, &t->head);
    return status;
}

static int32_t append_piece(aj_instance *self, aj_list *list, aj_tensor *t, int64_t dim, int64_t start, int64_t size) {
    aj_tensor *piece = NULL;
    int32_t status = aj_view_narrow(self, t, dim, start, size, &piece);
    return status ? status : append_owned(self, list, piece);
}

static int32_t finish(aj_instance *self, int32_t status, aj_list *list, aj_list **out) {
    if (status) aj_release(self, &list->head);
    else *out = list;
    return status;
}

static int32_t begin(aj_instance *self, aj_tensor *t, int64_t dim, int32_t *at, aj_list **list) {
    if (t->ndim == 0) return aj_fail(self, AJ_RUNTIME_ERROR, "a 0-dimensional tensor cannot be split");
    int32_t status = aj_wrap_dim(self, dim, t->ndim, at);
    return status ? status : aj_list_new(self, 1, 1, 0, list);
}

int32_t aj_view_unbind(aj_instance *self, aj_tensor *t, int64_t dim, aj_list **out) {
    int32_t at = 0;
    aj_list *list = NULL;
    int32_t status = begin(self, t, dim, &at, &list);
    if (status) return status;
    for (int64_t i = 0; i < t->sizes[at] && !status; i++) {
        aj_tensor *piece = NULL;
        status = aj_view_select(self, t, at, i, &piece);
        if (!status) status = append_owned(self, list, piece);
    }
    return finish(self, status, list, out);
}

int32_t aj_view_split(aj_instance *self, aj_tensor *t, int64_t size, int64_t dim, aj_list **out) {
    int32_t at = 0;
    aj_list *list = NULL;
    int32_t status = begin(self, t, dim, &at, &list);
    if (status) return status;
    int64_t total = t->sizes[at], done = 0;
    if (size < 0 || (size == 0 && total != 0)) {
        status = aj_fail(self, AJ_RUNTIME_ERROR, "split expects split_size be non-negative, but got split_size=%lld",
                         (long long)size);
    }
    do { /* an empty dim still gives one piece */
        if (status) break;
        int64_t part = total - done < size ? total - done : size;
        status = append_piece(self, list, t, at, done, part);
        done += part;
    } while (done < total);
    return finish(self, status, list, out);
}

int32_t aj_view_chunk(aj_instance *self, aj_tensor *t, int64_t chunks, int64_t dim, aj_list **out) {
    int32_t at = 0;
    if (t->ndim == 0) return aj_fail(self, AJ_RUNTIME_ERROR, "chunk expects at least a 1-dimensional tensor");
    if (chunks <= 0) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "chunk expects `chunks` to be greater than 0, got: %lld",
                       (long long)chunks);
    }
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &at);
    if (status) return status;
    int64_t total = t->sizes[at], size = total / chunks + (total % chunks != 0);
    if (size > 0) return aj_view_split(self, t, size, at, out);
    aj_list *list = NULL;
    status = aj_list_new(self, 1, 1, 0, &list);
    if (status) return status;
    for (int64_t i = 0; i < chunks && !status; i++) status = append_piece(self, list, t, at, 0, 0);
    return finish(self, status, list, out);
}

int32_t aj_view_split_with_sizes(aj_instance *self, aj_tensor *t, const aj_list *sizes, int64_t dim, aj_list **out) {
    int32_t at = 0;
    aj_list *list = NULL;
    int32_t status = begin(self, t, dim, &at, &list);
    if (status) return status;
    int64_t done = 0;
    for (int64_t i = 0; i < sizes->length && !status; i++) {
        int64_t size = (int64_t)sizes->data[i];
        if (size < 0 || size > t->sizes[at] - done) {
            status = aj_fail(self, AJ_RUNTIME_ERROR,
                             "split_with_sizes expects split_sizes to be non-negative and to sum "
                             "exactly to %lld",
                             (long long)t->sizes[at]);
            break;
        }
        status = append_piece(self, list, t, at, done, size);
        done += size;
    }
    if (!status && done != t->sizes[at]) {
        status = aj_fail(self, AJ_RUNTIME_ERROR, "split_with_sizes expects split_sizes to sum exactly to %lld (input "
                         "tensor's size at dimension %d), but got a sum of %lld", (long long)t->sizes[at], (int)at,
                         (long long)done);
    }
    return finish(self, status, list, out);
}
