/* Tensors on plain arrays, and a report of what went wrong; for the C programs of the end-to-end tests. */
#ifndef TENSORS_H
#define TENSORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                        \
    do {                                                                        \
        if (!(condition)) {                                                     \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);     \
            exit(1);                                                            \
        }                                                                       \
    } while (0)

/* The call `status` and, when it failed, what the model says. */
#define CHECK_OK(status, error)                                                             \
    do {                                                                                    \
        if ((status) != AOTJIT_OK) {                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, (error));                    \
            exit(1);                                                                        \
        }                                                                                   \
    } while (0)

enum { MAX_DIMS = 4 };

typedef struct array {
    DLTensor tensor; /* the first member: a pointer to an array's tensor is one to the array */
    int64_t shape[MAX_DIMS];
    int64_t count;
    float *data;
} array;

/* A float32 tensor of `ndim` dims on fresh memory. */
static inline array *array_new(int ndim, int64_t d0, int64_t d1, int64_t d2) {
    array *a = (array *)calloc(1, sizeof(array));
    int64_t dims[] = {d0, d1, d2};
    a->count = 1;
    for (int i = 0; i < ndim; i++) {
        a->shape[i] = dims[i];
        a->count *= dims[i];
    }
    a->data = (float *)calloc((size_t)a->count + 1, sizeof(float));
    a->tensor.data = a->data;
    a->tensor.device.device_type = kDLCPU;
    a->tensor.ndim = ndim;
    a->tensor.dtype.code = kDLFloat;
    a->tensor.dtype.bits = 32;
    a->tensor.dtype.lanes = 1;
    a->tensor.shape = a->shape;
    return a;
}

/* Numbers between -1 and 1 that depend on `seed`. */
static inline array *array_fill(array *a, unsigned seed) {
    for (int64_t i = 0; i < a->count; i++) {
        seed = seed * 1664525u + 1013904223u;
        a->data[i] = (float)(seed >> 8) / (float)(1 << 23) - 1.0f;
    }
    return a;
}

static inline void array_free(array *a) {
    free(a->data);
    free(a);
}

static inline int64_t element_count(const DLTensor *t) {
    int64_t count = 1;
    for (int i = 0; i < t->ndim; i++) count *= t->shape[i];
    return count;
}

/* Elements of a float32 tensor in row-major order, whatever its strides. */
static inline float element(const DLTensor *t, int64_t index) {
    int64_t offset = 0;
    for (int i = t->ndim - 1; i >= 0; i--) {
        offset += index % t->shape[i] * t->strides[i];
        index /= t->shape[i];
    }
    return ((const float *)((const char *)t->data + t->byte_offset))[offset];
}

/* Reads an array from standard input. */
static inline array *array_read(array *a) {
    CHECK(fread(a->data, sizeof(float), (size_t)a->count, stdin) == (size_t)a->count);
    return a;
}

/* Writes a result to `file` and gives it back. */
static inline void write_and_delete(DLManagedTensorVersioned *result, FILE *file) {
    for (int64_t i = 0; i < element_count(&result->dl_tensor); i++) {
        float value = element(&result->dl_tensor, i);
        CHECK(fwrite(&value, sizeof value, 1, file) == 1);
    }
    result->deleter(result);
}

#endif
