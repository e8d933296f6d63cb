/* Copies whose places are a product of one table for each dim: padding, rolling, resizing to the nearest element. */
#include "arena.h"
#include "convert.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

/* out[i, j, ...] = from[table[0][i], table[1][j], ...], or `fill` where a table says -1. */
typedef struct remap {
    const aj_tensor *from;
    aj_tensor *to;
    int64_t *tables[AJ_MAX_RANK];
    int64_t bytes;
    char fill[16];
} remap;

static void fill_elements(const remap *r, char *to, int64_t count) {
    for (int64_t i = 0; i < count; i++) memcpy(to + i * r->bytes, r->fill, (size_t)r->bytes);
}

/* The innermost dim: runs of neighbours at once. */
static void copy_row(const remap *r, int32_t dim, char *to, const char *from) {
    const int64_t *table = r->tables[dim];
    int64_t count = r->to->sizes[dim], step = r->from->strides[dim] * r->bytes;
    for (int64_t i = 0; i < count;) {
        int64_t run = 1;
        if (table[i] < 0) {
            while (i + run < count && table[i + run] < 0) run++;
            fill_elements(r, to + i * r->bytes, run);
        } else if (step == r->bytes) {
            while (i + run < count && table[i + run] == table[i] + run) run++;
            memcpy(to + i * r->bytes, from + table[i] * step, (size_t)(run * r->bytes));
        } else {
            memcpy(to + i * r->bytes, from + table[i] * step, (size_t)r->bytes);
        }
        i += run;
    }
}

static void copy_dim(const remap *r, int32_t dim, char *to, const char *from) {
    if (dim == r->to->ndim - 1) {
        copy_row(r, dim, to, from);
        return;
    }
    int64_t row = r->to->strides[dim] * r->bytes, previous = -1;
    for (int64_t i = 0; i < r->to->sizes[dim]; i++) {
        int64_t place = r->tables[dim][i];
        if (place < 0) {
            fill_elements(r, to + i * row, r->to->strides[dim]);
        } else if (i > 0 && place == previous) {
            memcpy(to + i * row, to + (i - 1) * row, (size_t)row);
        } else {
            copy_dim(r, dim + 1, to + i * row, from + place * r->from->strides[dim] * r->bytes);
        }
        previous = place;
    }
}

/* The tables as identities of `sizes`, in memory to be freed; `r->to` new. */
static int32_t begin(aj_instance *self, remap *r, const aj_tensor *t, const int64_t *sizes, void **memory,
                     size_t *memory_bytes) {
    size_t total = 0;
    int32_t status = aj_tensor_new(self, t->dtype, t->ndim, sizes, &r->to);
    if (status) return status;
    for (int32_t d = 0; d < t->ndim; d++) total += (size_t)sizes[d];
    *memory_bytes = (total + 1) * sizeof(int64_t);
    *memory = aj_arena_alloc(self, *memory_bytes);
    if (!*memory) {
        aj_release(self, &r->to->head);
        return AJ_MEMORY_ERROR;
    }
    int64_t *at = (int64_t *)*memory;
    for (int32_t d = 0; d < t->ndim; d++) {
        r->tables[d] = at;
        for (int64_t i = 0; i < sizes[d]; i++) *at++ = i;
    }
    r->from = t;
    r->bytes = aj_dtype_bytes(t->dtype);
    return AJ_OK;
}

static void finish(aj_instance *self, remap *r, void *memory, size_t memory_bytes, aj_tensor **out) {
    if (r->to->numel > 0) {
        if (r->to->ndim == 0) {
            memcpy(r->to->data, r->from->data, (size_t)r->bytes);
        } else {
            copy_dim(r, 0, (char *)r->to->data, (const char *)r->from->data);
        }
    }
    aj_arena_free(self, memory, memory_bytes);
    *out = r->to;
}

/* -- padding -------------------------------------------------------------------------------------------------------- */

enum { CONSTANT = 0, REFLECT = 1, REPLICATE = 2, CIRCULAR = 3 };

/* Where element `i` of the image comes from, which keeps [low, high) of it. */
static int64_t padded_place(int64_t i, int64_t size, int64_t low, int64_t high, int64_t mode) {
    if (mode == CIRCULAR) return i < low ? i + (high - low) : i >= high ? i - (high - low) : i;
    if (i >= 0 && i < size) return i;
    if (mode == CONSTANT) return -1;
    if (mode == REPLICATE) return i < 0 ? 0 : size - 1;
    return i < 0 ? -i : 2 * (size - 1) - i;
}

static int32_t check_pad(aj_instance *self, int64_t size, int64_t left, int64_t right, int64_t mode) {
    int64_t most = left > right ? left : right;
    if (size + left + right < 0 || (mode != CONSTANT && size + left + right < 1)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "The input size %lld, plus negative padding %lld and %lld, resulted in a "
                       "negative output size", (long long)size, (long long)left, (long long)right);
    }
    if ((mode == REFLECT && most >= size) || (mode == CIRCULAR && most > size) || (mode == REPLICATE && size == 0)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "Padding size should be less than the corresponding input dimension, but "
                       "got: padding (%lld, %lld) at a dimension of size %lld", (long long)left, (long long)right,
                       (long long)size);
    }
    return AJ_OK;
}

int32_t aj_pad(aj_instance *self, aj_tensor *t, const aj_list *pads, int64_t mode, double value, aj_tensor **out) {
    int64_t sizes[AJ_MAX_RANK], left[AJ_MAX_RANK] = {0};
    int64_t dims = pads->length / 2;
    if (pads->length % 2 != 0 || dims > t->ndim) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "Padding length must be divisible by 2 and at most twice the number of "
                       "dimensions of the input, but got %lld for %d", (long long)pads->length, (int)t->ndim);
    }
    memcpy(sizes, t->sizes, sizeof sizes);
    for (int64_t i = 0; i < dims; i++) {
        int32_t d = t->ndim - 1 - (int32_t)i;
        int64_t right = (int64_t)pads->data[2 * i + 1];
        left[d] = (int64_t)pads->data[2 * i];
        int32_t status = check_pad(self, t->sizes[d], left[d], right, mode);
        if (status) return status;
        sizes[d] += left[d] + right;
    }
    remap r = {0};
    void *memory;
    size_t bytes;
    int32_t status = begin(self, &r, t, sizes, &memory, &bytes);
    if (status) return status;
    aj_store_double(r.fill, t->dtype, value);
    for (int32_t d = 0; d < t->ndim; d++) {
        int64_t right = sizes[d] - t->sizes[d] - left[d], low = left[d] < 0 ? -left[d] : 0;
        int64_t high = t->sizes[d] + (right < 0 ? right : 0);
        for (int64_t i = 0; i < sizes[d]; i++) r.tables[d][i] = padded_place(i - left[d], t->sizes[d], low, high, mode);
    }
    finish(self, &r, memory, bytes, out);
    return AJ_OK;
}

/* -- rolling and turning -------------------------------------------------------------------------------------------- */

int32_t aj_roll(aj_instance *self, aj_tensor *t, const aj_list *shifts, const aj_list *dims, aj_tensor **out) {
    if (shifts->length != dims->length) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "shifts and dimensions must align. shifts: %lld, dims:%lld",
                       (long long)shifts->length, (long long)dims->length);
    }
    remap r = {0};
    void *memory;
    size_t bytes;
    int32_t status = begin(self, &r, t, t->sizes, &memory, &bytes);
    for (int64_t i = 0; i < dims->length && !status; i++) {
        int32_t d = 0;
        status = aj_wrap_dim(self, (int64_t)dims->data[i], t->ndim, &d);
        if (status) {
            aj_arena_free(self, memory, bytes);
            aj_release(self, &r.to->head);
            return status;
        }
        int64_t size = t->ndim ? t->sizes[d] : 0;
        int64_t from = size ? size - 1 - ((int64_t)shifts->data[i] % size + size - 1) % size : 0;
        for (int64_t j = 0; j < size; j++) {
            r.tables[d][j] += from;
            if (r.tables[d][j] >= size) r.tables[d][j] -= size;
        }
    }
    if (status) return status;
    finish(self, &r, memory, bytes, out);
    return AJ_OK;
}

int32_t aj_flip(aj_instance *self, aj_tensor *t, const aj_list *dims, aj_tensor **out) {
    remap r = {0};
    void *memory;
    size_t bytes;
    uint32_t turned = 0;
    for (int64_t i = 0; i < dims->length; i++) {
        int32_t d = 0;
        int32_t status = aj_wrap_dim(self, (int64_t)dims->data[i], t->ndim, &d);
        if (status) return status;
        if (turned >> d & 1) return aj_fail(self, AJ_RUNTIME_ERROR, "dim %d appears multiple times in the list of dims", (int)d);
        turned |= 1u << d;
    }
    int32_t status = begin(self, &r, t, t->sizes, &memory, &bytes);
    if (status) return status;
    for (int32_t d = 0; d < t->ndim; d++)
        for (int64_t i = 0; turned >> d & 1 && i < t->sizes[d]; i++) r.tables[d][i] = t->sizes[d] - 1 - i;
    finish(self, &r, memory, bytes, out);
    return AJ_OK;
}
