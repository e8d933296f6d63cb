#include "tensor.h"

#include "arena.h"
#include "convert.h"
#include "libc.h"
#include "operators.h"
#include "rectangle.h"

enum { LONG_WORK_BYTES = 65536 };

int32_t aj_tensor_new(aj_instance *self, int32_t dtype, int32_t ndim, const int64_t *sizes, aj_tensor **out) {
    if (ndim > AJ_MAX_RANK) return aj_fail(self, AJ_VALUE_ERROR, "at most %d dimensions are supported, got %d",
                                           (int)AJ_MAX_RANK, (int)ndim);
    aj_tensor *t = (aj_tensor *)aj_arena_alloc(self, sizeof(aj_tensor));
    if (!t) return AJ_MEMORY_ERROR;
    int64_t numel = 1, stride = 1;
    bool overflow = false;
    for (int32_t d = ndim - 1; d >= 0; d--) {
        int64_t size = sizes[d];
        if (size < 0) {
            aj_arena_free(self, t, sizeof(aj_tensor));
            return aj_fail(self, AJ_RUNTIME_ERROR, "negative size %lld in dimension %d", (long long)size, (int)d);
        }
        t->sizes[d] = size;
        t->strides[d] = stride;
        overflow |= __builtin_mul_overflow(numel, size, &numel);
        overflow |= __builtin_mul_overflow(stride, size > 1 ? size : 1, &stride);
    }
    int64_t bytes = 0;
    overflow |= __builtin_mul_overflow(numel, aj_dtype_bytes(dtype), &bytes);
    aj_storage *storage = NULL;
    uint32_t size_class = 0;
    if (bytes >= LONG_WORK_BYTES && self->on_long_work) self->on_long_work(self); /* who makes it will fill it */
    if (!overflow && bytes < (int64_t)1 << 46) {
        size_class = aj_size_class((size_t)bytes + AJ_ALIGNMENT);
        storage = (aj_storage *)aj_arena_take(self, size_class);
    } else {
        aj_fail(self, AJ_MEMORY_ERROR, "out of memory: the size of a tensor overflows");
    }
    if (!storage) {
        aj_arena_free(self, t, sizeof(aj_tensor));
        return AJ_MEMORY_ERROR;
    }
    /* The storage object is the first 64 bytes of its own block; `flags` remembers the block's class. */
    storage->head = (aj_object){.refcount = 1, .kind = AJ_STORAGE, .flags = (uint16_t)size_class};
    storage->data = (char *)storage + AJ_ALIGNMENT;
    storage->bytes = (size_t)bytes;
    storage->release = NULL;
    storage->context = NULL;
    t->head = (aj_object){.refcount = 1, .kind = AJ_TENSOR};
    t->dtype = dtype;
    t->ndim = ndim;
    t->data = storage->data;
    t->storage = storage;
    t->numel = numel;
    *out = t;
    return AJ_OK;
}

aj_tensor *aj_tensor_alias(aj_instance *self, aj_tensor *base, int32_t ndim, int64_t offset) {
    aj_tensor *t = (aj_tensor *)aj_arena_alloc(self, sizeof(aj_tensor));
    if (!t) return NULL;
    t->head = (aj_object){.refcount = 1, .kind = AJ_TENSOR};
    t->dtype = base->dtype;
    t->ndim = ndim;
    t->data = (char *)base->data + offset * aj_dtype_bytes(base->dtype);
    t->storage = base->storage ? base->storage : (aj_storage *)(void *)base;
    aj_retain(&t->storage->head);
    t->numel = 1;
    return t;
}

int32_t aj_tensor_view(aj_instance *self, aj_tensor *base, int32_t ndim, const int64_t *sizes, const int64_t *strides,
                       int64_t offset, aj_tensor **out) {
    aj_tensor *t = aj_tensor_alias(self, base, ndim, offset);
    if (!t) return AJ_MEMORY_ERROR;
    for (int32_t d = 0; d < ndim; d++) {
        t->strides[d] = strides[d];
        t->numel *= t->sizes[d] = sizes[d];
    }
    *out = t;
    return AJ_OK;
}

bool aj_tensor_is_contiguous(const aj_tensor *t) {
    int64_t expected = 1;
    for (int32_t d = t->ndim - 1; d >= 0; d--) {
        if (t->sizes[d] == 1) continue;
        if (t->strides[d] != expected) return t->numel == 0;
        expected *= t->sizes[d];
    }
    return true;
}

/* Two operands walked together: dims of size 1 dropped, adjacent dims merged where both allow it, innermost last. */
typedef struct walk {
    int32_t ndim;
    int64_t sizes[AJ_MAX_RANK], to[AJ_MAX_RANK], from[AJ_MAX_RANK];
} walk;

static void walk_build(walk *w, int32_t ndim, const int64_t *sizes, const int64_t *to, const int64_t *from) {
    w->ndim = 0;
    for (int32_t d = 0; d < ndim; d++) {
        if (sizes[d] == 1) continue;
        int32_t last = w->ndim - 1;
        if (last >= 0 && w->to[last] == to[d] * sizes[d] && w->from[last] == from[d] * sizes[d]) {
            w->sizes[last] *= sizes[d];
        } else {
            last = w->ndim++;
            w->sizes[last] = sizes[d];
        }
        w->to[last] = to[d];
        w->from[last] = from[d];
    }
    if (w->ndim == 0) {
        w->ndim = 1;
        w->sizes[0] = w->to[0] = w->from[0] = 1;
    }
}

void aj_strided_copy(int32_t ndim, const int64_t *sizes, void *to, int32_t to_dtype, const int64_t *to_strides,
                     const void *from, int32_t from_dtype, const int64_t *from_strides) {
    for (int32_t d = 0; d < ndim; d++) {
        if (sizes[d] == 0) return;
    }
    walk w;
    walk_build(&w, ndim, sizes, to_strides, from_strides);
    const int32_t inner = w.ndim - 1;
    const int64_t to_bytes = aj_dtype_bytes(to_dtype), from_bytes = aj_dtype_bytes(from_dtype);
    int64_t index[AJ_MAX_RANK] = {0};
    char *d = (char *)to;
    const char *s = (const char *)from;
    for (;;) {
        if (to_dtype == from_dtype) {
            aj_plan_copy(d, w.to[inner] * to_bytes, s, w.from[inner] * to_bytes, w.sizes[inner], to_bytes);
        } else {
            aj_convert_row(d, to_dtype, w.to[inner], s, from_dtype, w.from[inner], w.sizes[inner]);
        }
        int32_t k = inner - 1;
        for (; k >= 0; k--) {
            d += w.to[k] * to_bytes;
            s += w.from[k] * from_bytes;
            if (++index[k] < w.sizes[k]) break;
            d -= w.to[k] * to_bytes * w.sizes[k];
            s -= w.from[k] * from_bytes * w.sizes[k];
            index[k] = 0;
        }
        if (k < 0) return;
    }
}

static int32_t converted(aj_instance *self, aj_tensor *t, int32_t dtype, aj_tensor **out) {
    if (!aj_dtype_bytes(dtype) || !aj_convertible(t->dtype, dtype)) {
        return aj_fail(self, AJ_NOT_IMPLEMENTED, "conversion from %s to %s is not supported", aj_dtype_name(t->dtype),
                       aj_dtype_name(dtype));
    }
    int32_t status = aj_tensor_new(self, dtype, t->ndim, t->sizes, out);
    if (status) return status;
    aj_strided_copy(t->ndim, t->sizes, (*out)->data, dtype, (*out)->strides, t->data, t->dtype, t->strides);
    return AJ_OK;
}

int32_t aj_clone(aj_instance *self, aj_tensor *t, aj_tensor **out) { return converted(self, t, t->dtype, out); }

int32_t aj_contiguous(aj_instance *self, aj_tensor *t, aj_tensor **out) {
    if (!aj_tensor_is_contiguous(t)) return aj_clone(self, t, out);
    aj_retain(&t->head);
    *out = t;
    return AJ_OK;
}

int32_t aj_with_dims(aj_instance *self, aj_tensor *t, aj_tensor **out) {
    if (t->ndim == 0) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "a tensor without dims, on which the result's element type depends: "
                       "the program was compiled for one with dims (--input says otherwise)");
    }
    aj_retain(&t->head);
    *out = t;
    return AJ_OK;
}

int32_t aj_to_dtype(aj_instance *self, aj_tensor *t, int64_t dtype, aj_tensor **out) {
    if (dtype != t->dtype) return converted(self, t, dtype >= 0 && dtype < AJ_DTYPES ? (int32_t)dtype : -1, out);
    aj_retain(&t->head);
    *out = t;
    return AJ_OK;
}

/* Could the memory of the two overlap? Compares the byte ranges that they span. */
static bool may_overlap(const aj_tensor *a, const aj_tensor *b) {
    const aj_tensor *both[2] = {a, b};
    uintptr_t low[2], high[2];
    for (int i = 0; i < 2; i++) {
        int64_t first = 0, last = 0;
        for (int32_t d = 0; d < both[i]->ndim; d++) {
            int64_t reach = (both[i]->sizes[d] - 1) * both[i]->strides[d];
            if (reach < 0) first += reach;
            else last += reach;
        }
        int64_t width = aj_dtype_bytes(both[i]->dtype);
        low[i] = (uintptr_t)both[i]->data + (uintptr_t)(first * width);
        high[i] = (uintptr_t)both[i]->data + (uintptr_t)((last + 1) * width);
    }
    return low[0] < high[1] && low[1] < high[0];
}

int32_t aj_copy_(aj_instance *self, aj_tensor *destination, aj_tensor *source, aj_tensor **out) {
    if (!aj_convertible(source->dtype, destination->dtype)) {
        return aj_fail(self, AJ_NOT_IMPLEMENTED, "copy_: conversion from %s to %s is not supported",
                       aj_dtype_name(source->dtype), aj_dtype_name(destination->dtype));
    }
    int64_t strides[AJ_MAX_RANK];
    int32_t status = aj_broadcast_strides(self, source, destination->ndim, destination->sizes, strides);
    if (status) return status;
    bool same = destination->data == source->data && source->dtype == destination->dtype &&
                memcmp(strides, destination->strides, (size_t)destination->ndim * sizeof(int64_t)) == 0;
    if (destination->numel > 0 && !same && may_overlap(destination, source)) {
        aj_tensor *copy = NULL;
        status = aj_clone(self, source, &copy);
        if (status) return status;
        status = aj_copy_(self, destination, copy, out);
        aj_release(self, &copy->head);
        return status;
    }
    aj_strided_copy(destination->ndim, destination->sizes, destination->data, destination->dtype, destination->strides,
                    source->data, source->dtype, strides);
    aj_retain(&destination->head);
    *out = destination;
    return AJ_OK;
}

int32_t aj_broadcast_strides(aj_instance *self, const aj_tensor *t, int32_t ndim, const int64_t *sizes,
                             int64_t *strides) {
    int32_t lead = ndim - t->ndim;
    if (lead < 0) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "a tensor of %d dimensions does not broadcast to %d dimensions",
                       (int)t->ndim, (int)ndim);
    }
    for (int32_t d = 0; d < lead; d++) strides[d] = 0;
    for (int32_t d = lead; d < ndim; d++) {
        int64_t size = t->sizes[d - lead];
        if (size != sizes[d] && size != 1) {
            return aj_fail(self, AJ_RUNTIME_ERROR,
                           "The size of tensor a (%lld) must match the size of tensor b (%lld) at dimension %d",
                           (long long)sizes[d], (long long)size, (int)d);
        }
        strides[d] = size == 1 ? 0 : t->strides[d - lead];
    }
    return AJ_OK;
}

int32_t aj_broadcast_shape(aj_instance *self, int32_t count, const aj_tensor *const *tensors, int32_t *ndim,
                           int64_t *sizes) {
    *ndim = 0;
    for (int32_t i = 0; i < count; i++) {
        if (tensors[i]->ndim > *ndim) *ndim = tensors[i]->ndim;
    }
    for (int32_t d = 0; d < *ndim; d++) sizes[d] = 1;
    for (int32_t i = 0; i < count; i++) {
        int32_t lead = *ndim - tensors[i]->ndim;
        for (int32_t d = *ndim - 1; d >= lead; d--) { /* from the end: the dim that torch names */
            int64_t size = tensors[i]->sizes[d - lead];
            if (size == 1 || size == sizes[d]) continue;
            if (sizes[d] != 1) {
                return aj_fail(self, AJ_RUNTIME_ERROR,
                               "The size of tensor a (%lld) must match the size of tensor b (%lld) at non-singleton "
                               "dimension %d", (long long)sizes[d], (long long)size, (int)d);
            }
            sizes[d] = size;
        }
    }
    return AJ_OK;
}
