/* Indexing with tensors: x[i, mask, :] read and written. */
#include "bytes.h"
#include "convert.h"
#include "operators.h"
#include "places.h"
#include "tensor.h"
#include "value.h"

/* One reading of x[indices]: which dims the index tensors pick from, and the layout of the result.
 * The result's dims are: the kept dims before the picked ones, the indices' common shape, the kept dims after. When
 * the picked dims are not neighbours, the indices' shape comes first. */
typedef struct picking {
    int32_t count;                            /* index tensors, masks taken apart    */
    const aj_tensor *index[AJ_MAX_RANK];      /* int32 or int64                      */
    int32_t dim[AJ_MAX_RANK];                 /* the dim of x that each picks from   */
    int64_t strides[AJ_MAX_RANK][AJ_MAX_RANK]; /* over the common shape, in elements  */
    int32_t rank;                             /* of the common shape                 */
    int64_t sizes[AJ_MAX_RANK];
    int32_t kept;                             /* dims of x that stay                 */
    int64_t kept_sizes[AJ_MAX_RANK], kept_strides[AJ_MAX_RANK];
    int32_t before;                           /* kept dims in front of the picked ones */
    int32_t owned_count;                      /* coordinates made from masks         */
    aj_tensor *owned[AJ_MAX_RANK];
} picking;

/* Only what is read before it is written: the arrays are long. */
static void empty_picking(picking *p) { p->count = p->rank = p->kept = p->before = p->owned_count = 0; }

static void end_picking(aj_instance *self, picking *p) {
    for (int32_t i = 0; i < p->owned_count; i++) aj_release(self, &p->owned[i]->head);
    p->owned_count = 0;
}

static int32_t add_index(aj_instance *self, picking *p, const aj_tensor *x, int32_t dim, const aj_tensor *index) {
    if (dim >= x->ndim) {
        return aj_fail(self, AJ_INDEX_ERROR, "too many indices for tensor of dimension %d", (int)x->ndim);
    }
    p->index[p->count] = index;
    p->dim[p->count++] = dim;
    return AJ_OK;
}

/* A mask becomes one index tensor for each of its dims. */
static int32_t add_mask(aj_instance *self, picking *p, const aj_tensor *x, int32_t dim, const aj_tensor *mask) {
    int64_t *columns[AJ_MAX_RANK];
    int64_t found = aj_count_nonzero(mask);
    for (int32_t d = 0; d < mask->ndim; d++) {
        if (dim + d >= x->ndim || mask->sizes[d] != x->sizes[dim + d]) {
            return aj_fail(self, AJ_INDEX_ERROR, "the shape of the mask does not match the indexed tensor at dim %d",
                           (int)(dim + d));
        }
        aj_tensor *coordinates = NULL;
        int32_t status = aj_tensor_new(self, AJ_I64, 1, &found, &coordinates);
        if (status) return status;
        p->owned[p->owned_count++] = coordinates;
        columns[d] = (int64_t *)coordinates->data;
        status = add_index(self, p, x, dim + d, coordinates);
        if (status) return status;
    }
    aj_store_nonzero(mask, found, columns, 1);
    return AJ_OK;
}

/* Finds the picked dims; `picked[d]` says which of x's dims they are. */
static int32_t read_indices(aj_instance *self, const aj_tensor *x, const aj_list *indices, picking *p, bool *picked) {
    int32_t dim = 0;
    for (int64_t i = 0; i < indices->length; i++) {
        const aj_tensor *index = (const aj_tensor *)aj_word_pointer(indices->data[i]);
        int32_t status, width = 1;
        if (!index) {
            dim++;
            continue;
        }
        if (index->dtype == AJ_BOOL && index->ndim > 0) {
            width = index->ndim;
            status = add_mask(self, p, x, dim, index);
        } else if (index->dtype == AJ_I64 || index->dtype == AJ_I32) {
            status = add_index(self, p, x, dim, index);
        } else {
            status = aj_fail(self, AJ_INDEX_ERROR, "tensors used as indices must be int64, int32 or bool with dims, not %s",
                             aj_dtype_name(index->dtype));
        }
        if (status) return status;
        for (int32_t d = dim; d < dim + width; d++) picked[d] = true;
        dim += width;
    }
    if (dim > x->ndim) {
        return aj_fail(self, AJ_INDEX_ERROR, "too many indices for tensor of dimension %d", (int)x->ndim);
    }
    return AJ_OK;
}

static int32_t start_picking(aj_instance *self, const aj_tensor *x, const aj_list *indices, picking *p) {
    bool picked[2 * AJ_MAX_RANK] = {false};
    empty_picking(p);
    int32_t status = read_indices(self, x, indices, p, picked);
    if (!status) status = aj_broadcast_shape(self, p->count, p->index, &p->rank, p->sizes);
    for (int32_t i = 0; !status && i < p->count; i++)
        status = aj_broadcast_strides(self, p->index[i], p->rank, p->sizes, p->strides[i]);
    if (status) return status;
    bool neighbours = true;
    for (int32_t i = 1; i < p->count; i++) neighbours = neighbours && p->dim[i] == p->dim[i - 1] + 1;
    for (int32_t d = 0; d < x->ndim; d++) {
        if (picked[d]) continue;
        p->before += neighbours && p->count > 0 && d < p->dim[0];
        p->kept_sizes[p->kept] = x->sizes[d];
        p->kept_strides[p->kept++] = x->strides[d];
    }
    if (p->kept + p->rank > AJ_MAX_RANK) {
        return aj_fail(self, AJ_VALUE_ERROR, "at most %d dimensions", (int)AJ_MAX_RANK);
    }
    return AJ_OK;
}

static __attribute__((noinline)) int32_t is_outside(aj_instance *self, int64_t value, int32_t dim, int64_t size) {
    return aj_fail(self, AJ_INDEX_ERROR, "index %lld is out of bounds for dimension %d with size %lld",
                   (long long)value, (int)dim, (long long)size);
}

/* Adds to `offset` the place in x, in elements, that index tensor `i` names by its element number `at`. */
static inline int32_t add_offset(aj_instance *self, const aj_tensor *x, const picking *p, int32_t i, int64_t at,
                                 int64_t *offset) {
    const aj_tensor *index = p->index[i];
    int64_t value = index->dtype == AJ_I64 ? ((const int64_t *)index->data)[at] : ((const int32_t *)index->data)[at];
    int64_t size = x->sizes[p->dim[i]];
    if (value < -size || value >= size) return is_outside(self, value, p->dim[i], size);
    *offset += (value < 0 ? value + size : value) * x->strides[p->dim[i]];
    return AJ_OK;
}

/* The same of all index tensors, at `position` of their common shape. */
static int32_t picked_offset(aj_instance *self, const aj_tensor *x, const picking *p, const int64_t *position,
                             int64_t *offset) {
    int32_t status = AJ_OK;
    *offset = 0;
    for (int32_t i = 0; i < p->count && !status; i++) {
        int64_t at = 0;
        for (int32_t d = 0; d < p->rank; d++) at += position[d] * p->strides[i][d];
        status = add_offset(self, x, p, i, at, offset);
    }
    return status;
}

/* The result's sizes, and from its strides those of its kept dims and of the indices' dims. */
static int32_t result_sizes(const picking *p, int64_t *sizes) {
    int32_t rank = 0;
    for (int32_t d = 0; d < p->before; d++) sizes[rank++] = p->kept_sizes[d];
    for (int32_t d = 0; d < p->rank; d++) sizes[rank++] = p->sizes[d];
    for (int32_t d = p->before; d < p->kept; d++) sizes[rank++] = p->kept_sizes[d];
    return rank;
}

/* Do dims of those sizes lie one behind the other? */
static bool is_run(int32_t rank, const int64_t *sizes, const int64_t *strides) {
    int64_t expected = 1;
    for (int32_t d = rank - 1; d >= 0; d--) {
        if (sizes[d] != 1 && strides[d] != expected) return false;
        expected *= sizes[d];
    }
    return true;
}

/* Copies `count` runs of bytes, between x at the rows that `index` names and `other` at one row after the other. */
static inline __attribute__((always_inline)) int64_t copy_rows(const int64_t *index, int64_t stride, int64_t count,
                                                               int64_t size, char *x, int64_t x_row, char *other,
                                                               int64_t other_row, int64_t bytes, bool to_x) {
    for (int64_t i = 0; i < count; i++) {
        int64_t value = index[i * stride];
        if (value < 0) value += size;
        if ((uint64_t)value >= (uint64_t)size) return i;
        char *mine = x + value * x_row, *theirs = other + i * other_row;
        copy_bytes(to_x ? mine : theirs, to_x ? theirs : mine, bytes);
    }
    return count;
}

/* x at dim `dim` by one index tensor of int64: how many rows were copied before an index that is outside. */
static int64_t copy_named(aj_tensor *x, int32_t dim, const aj_tensor *by, int64_t stride, aj_tensor *other,
                          int64_t step, int64_t bytes, bool to_x) {
    int64_t width = aj_dtype_bytes(x->dtype), size = x->sizes[dim], row = x->strides[dim] * width;
    const int64_t *index = (const int64_t *)by->data;
    char *mine = (char *)x->data, *theirs = (char *)other->data;
    const int64_t count = by->sizes[0];
    if (to_x) return copy_rows(index, stride, count, size, mine, row, theirs, step * width, bytes, true);
    if (bytes == 4) return copy_rows(index, stride, count, size, mine, row, theirs, step * width, 4, false);
    if (bytes == 8) return copy_rows(index, stride, count, size, mine, row, theirs, step * width, 8, false);
    return copy_rows(index, stride, count, size, mine, row, theirs, step * width, bytes, false);
}

/* Indices with one dim, of which each names a run of bytes. */
static int32_t copy_runs(aj_instance *self, aj_tensor *x, const picking *p, aj_tensor *other, int64_t step,
                         bool to_x) {
    int64_t width = aj_dtype_bytes(x->dtype), bytes = width;
    for (int32_t d = 0; d < p->kept; d++) bytes *= p->kept_sizes[d];
    bool named = p->count == 1 && p->index[0]->dtype == AJ_I64;
    int64_t done = named ? copy_named(x, p->dim[0], p->index[0], p->strides[0][0], other, step, bytes, to_x) : 0;
    for (int64_t i = done; i < p->sizes[0]; i++) {
        int64_t offset = 0;
        for (int32_t k = 0; k < p->count; k++) {
            int32_t status = add_offset(self, x, p, k, i * p->strides[k][0], &offset);
            if (status) return status;
        }
        char *mine = (char *)x->data + offset * width, *theirs = (char *)other->data + i * step * width;
        copy_bytes(to_x ? mine : theirs, to_x ? theirs : mine, bytes);
    }
    return AJ_OK;
}

/* Copies between x and `other` (the result or the values, with `strides` over the result's shape). */
static int32_t copy_picked(aj_instance *self, aj_tensor *x, const picking *p, aj_tensor *other, const int64_t *strides,
                           bool to_x) {
    int64_t kept[AJ_MAX_RANK], position[AJ_MAX_RANK] = {0}, total = 1;
    for (int32_t d = 0; d < p->kept; d++) kept[d] = strides[d < p->before ? d : d + p->rank];
    if (p->rank == 1 && is_run(p->kept, p->kept_sizes, p->kept_strides) && is_run(p->kept, p->kept_sizes, kept)) {
        return copy_runs(self, x, p, other, strides[p->before], to_x);
    }
    for (int32_t d = 0; d < p->rank; d++) total *= p->sizes[d];
    for (int64_t i = 0; i < total; i++, aj_advance(p->rank, p->sizes, position)) {
        int64_t offset, at = 0;
        int32_t status = picked_offset(self, x, p, position, &offset);
        if (status) return status;
        for (int32_t d = 0; d < p->rank; d++) at += position[d] * strides[p->before + d];
        char *mine = (char *)x->data + offset * aj_dtype_bytes(x->dtype);
        char *theirs = (char *)other->data + at * aj_dtype_bytes(other->dtype);
        if (to_x) {
            aj_strided_copy(p->kept, p->kept_sizes, mine, x->dtype, p->kept_strides, theirs, other->dtype, kept);
        } else {
            aj_strided_copy(p->kept, p->kept_sizes, theirs, other->dtype, kept, mine, x->dtype, p->kept_strides);
        }
    }
    return AJ_OK;
}

/* The rows of a mask, of which there are `found`, one behind the other. */
static inline __attribute__((always_inline)) void pack_rows(const uint8_t *mask, int64_t found, const char *x,
                                                            int64_t x_row, char *to, int64_t bytes) {
    for (const char *end = to + found * bytes; to < end; mask++, x += x_row) {
        if (bytes > FEW_BYTES && !*mask) continue;
        copy_bytes(to, x, bytes); /* the next row goes over one that is not wanted */
        to += *mask ? bytes : 0;
    }
}

static void pack(const uint8_t *mask, int64_t found, const char *x, int64_t x_row, char *to, int64_t bytes) {
    if (bytes == 4) pack_rows(mask, found, x, x_row, to, 4);
    else if (bytes == 8) pack_rows(mask, found, x, x_row, to, 8);
    else pack_rows(mask, found, x, x_row, to, bytes);
}

/* Is it x[i] or x[mask] with one dim of indices and rows of x that are runs? Then nothing has to be broadcast. */
static bool picks_rows(const aj_tensor *x, const aj_list *indices) {
    const aj_tensor *index = indices->length == 1 ? (const aj_tensor *)aj_word_pointer(indices->data[0]) : NULL;
    if (!index || index->ndim != 1 || x->ndim == 0 || !is_run(x->ndim - 1, x->sizes + 1, x->strides + 1)) return false;
    return index->dtype == AJ_I64 || (aj_plain_mask(index) && index->sizes[0] == x->sizes[0]);
}

static int32_t pick_rows(aj_instance *self, aj_tensor *x, const aj_tensor *index, aj_tensor **out) {
    const uint8_t *mask = aj_plain_mask(index);
    int64_t sizes[AJ_MAX_RANK], bytes = aj_dtype_bytes(x->dtype), row = x->strides[0] * bytes;
    sizes[0] = mask ? aj_count_nonzero(index) : index->sizes[0];
    for (int32_t d = 1; d < x->ndim; d++) bytes *= sizes[d] = x->sizes[d];
    int32_t status = aj_tensor_new(self, x->dtype, x->ndim, sizes, out);
    if (status) return status;
    if (mask) {
        pack(mask, sizes[0], (const char *)x->data, row, (char *)(*out)->data, bytes);
        return AJ_OK;
    }
    int64_t done = copy_named(x, 0, index, index->strides[0], *out, (*out)->strides[0], bytes, false);
    if (done == sizes[0]) return AJ_OK;
    aj_release(self, &(*out)->head);
    return is_outside(self, ((const int64_t *)index->data)[done * index->strides[0]], 0, x->sizes[0]);
}

int32_t aj_index(aj_instance *self, aj_tensor *t, const aj_list *indices, aj_tensor **out) {
    if (picks_rows(t, indices)) return pick_rows(self, t, (const aj_tensor *)aj_word_pointer(indices->data[0]), out);
    picking p;
    int64_t sizes[AJ_MAX_RANK];
    int32_t status = start_picking(self, t, indices, &p);
    if (!status) status = aj_tensor_new(self, t->dtype, result_sizes(&p, sizes), sizes, out);
    if (!status) {
        status = copy_picked(self, t, &p, *out, (*out)->strides, false);
        if (status) aj_release(self, &(*out)->head);
    }
    end_picking(self, &p);
    return status;
}

/* Adds `values`, with `strides` over the result's shape, to what is picked of x, one after the other. */
static int32_t add_picked(aj_instance *self, aj_tensor *x, const picking *p, const aj_tensor *values,
                          const int64_t *strides) {
    int64_t position[AJ_MAX_RANK] = {0}, total = 1, width = aj_dtype_bytes(x->dtype);
    for (int32_t d = 0; d < p->rank; d++) total *= p->sizes[d];
    for (int64_t i = 0; i < total; i++, aj_advance(p->rank, p->sizes, position)) {
        int64_t offset, at = 0, kept[AJ_MAX_RANK] = {0}, count = 1;
        int32_t status = picked_offset(self, x, p, position, &offset);
        if (status) return status;
        for (int32_t d = 0; d < p->rank; d++) at += position[d] * strides[p->before + d];
        for (int32_t d = 0; d < p->kept; d++) count *= p->kept_sizes[d];
        for (int64_t k = 0; k < count; k++, aj_advance(p->kept, p->kept_sizes, kept)) {
            int64_t to = offset, from = at;
            for (int32_t d = 0; d < p->kept; d++) {
                to += kept[d] * p->kept_strides[d];
                from += kept[d] * strides[d < p->before ? d : d + p->rank];
            }
            aj_combine((char *)x->data + to * width, x->dtype, (const char *)values->data + from * width, AJ_ADD);
        }
    }
    return AJ_OK;
}

int32_t aj_index_put(aj_instance *self, aj_tensor *t, const aj_list *indices, aj_tensor *values, bool accumulate) {
    picking p;
    int64_t sizes[AJ_MAX_RANK], strides[AJ_MAX_RANK];
    int32_t status = start_picking(self, t, indices, &p);
    if (!status && values->dtype != t->dtype) {
        status = aj_fail(self, AJ_RUNTIME_ERROR, "index_put_: the tensor is %s and the values are %s",
                         aj_dtype_name(t->dtype), aj_dtype_name(values->dtype));
    }
    if (!status) status = aj_broadcast_strides(self, values, result_sizes(&p, sizes), sizes, strides);
    if (!status && accumulate) status = add_picked(self, t, &p, values, strides);
    else if (!status) status = copy_picked(self, t, &p, values, strides, true);
    end_picking(self, &p);
    return status;
}
