#include "convert.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"
#include "value.h"

enum { ELEMENT_BYTES = 16 };

static int32_t check_dtype(aj_instance *self, int64_t dtype) {
    if (dtype >= 0 && dtype < AJ_DTYPES && aj_dtype_bytes((int32_t)dtype)) return AJ_OK;
    return aj_fail(self, AJ_RUNTIME_ERROR, "unknown dtype %lld", (long long)dtype);
}

static int32_t new_of(aj_instance *self, int64_t rank, const int64_t *sizes, int64_t dtype, aj_tensor **out) {
    int32_t status = check_dtype(self, dtype);
    if (status) return status;
    if (rank > AJ_MAX_RANK) {
        return aj_fail(self, AJ_VALUE_ERROR, "at most %d dimensions are supported, got %lld", (int)AJ_MAX_RANK,
                       (long long)rank);
    }
    return aj_tensor_new(self, (int32_t)dtype, (int32_t)rank, sizes, out);
}

int32_t aj_empty(aj_instance *self, const aj_list *sizes, int64_t dtype, aj_tensor **out) {
    return new_of(self, sizes->length, (const int64_t *)sizes->data, dtype, out);
}

int32_t aj_empty_like(aj_instance *self, aj_tensor *t, int64_t dtype, aj_tensor **out) {
    return new_of(self, t->ndim, t->sizes, dtype, out);
}

static void store_complex(void *element, int32_t dtype, double re, double im) {
    if (dtype == AJ_C64) {
        ((float *)element)[0] = (float)re;
        ((float *)element)[1] = (float)im;
    } else {
        ((double *)element)[0] = re;
        ((double *)element)[1] = im;
    }
}

/* Every element of `t` becomes the one at `element`. */
static void fill(aj_tensor *t, const void *element) {
    static const int64_t zeros[AJ_MAX_RANK] = {0};
    int64_t width = aj_dtype_bytes(t->dtype);
    bool blank = true;
    for (int64_t i = 0; i < width; i++) blank &= ((const char *)element)[i] == 0;
    if (blank && aj_tensor_is_contiguous(t)) {
        if (t->numel > 0) memset(t->data, 0, (size_t)(t->numel * width));
        return;
    }
    aj_strided_copy(t->ndim, t->sizes, t->data, t->dtype, t->strides, element, t->dtype, zeros);
}

static void fill_double(aj_tensor *t, double value) {
    _Alignas(ELEMENT_BYTES) char element[ELEMENT_BYTES];
    if (aj_dtype_is_complex(t->dtype)) store_complex(element, t->dtype, value, 0);
    else aj_store_double(element, t->dtype, value);
    fill(t, element);
}

static void fill_int(aj_tensor *t, int64_t value) {
    _Alignas(ELEMENT_BYTES) char element[ELEMENT_BYTES];
    if (aj_dtype_is_complex(t->dtype)) store_complex(element, t->dtype, (double)value, 0);
    else aj_store_int(element, t->dtype, value);
    fill(t, element);
}

static void fill_complex(aj_tensor *t, double re, double im) {
    _Alignas(ELEMENT_BYTES) char element[ELEMENT_BYTES];
    if (aj_dtype_is_complex(t->dtype)) store_complex(element, t->dtype, re, im);
    else aj_store_double(element, t->dtype, re);
    fill(t, element);
}

int32_t aj_full_complex(aj_instance *self, const aj_list *sizes, double re, double im, int64_t dtype, aj_tensor **out) {
    int32_t status = aj_empty(self, sizes, dtype, out);
    if (!status) fill_complex(*out, re, im);
    return status;
}

int32_t aj_full_like_complex(aj_instance *self, aj_tensor *t, double re, double im, int64_t dtype, aj_tensor **out) {
    int32_t status = aj_empty_like(self, t, dtype, out);
    if (!status) fill_complex(*out, re, im);
    return status;
}

int32_t aj_full(aj_instance *self, const aj_list *sizes, double value, int64_t dtype, aj_tensor **out) {
    int32_t status = aj_empty(self, sizes, dtype, out);
    if (!status) fill_double(*out, value);
    return status;
}

int32_t aj_full_int(aj_instance *self, const aj_list *sizes, int64_t value, int64_t dtype, aj_tensor **out) {
    int32_t status = aj_empty(self, sizes, dtype, out);
    if (!status) fill_int(*out, value);
    return status;
}

int32_t aj_full_like(aj_instance *self, aj_tensor *t, double value, int64_t dtype, aj_tensor **out) {
    int32_t status = aj_empty_like(self, t, dtype, out);
    if (!status) fill_double(*out, value);
    return status;
}

int32_t aj_full_like_int(aj_instance *self, aj_tensor *t, int64_t value, int64_t dtype, aj_tensor **out) {
    int32_t status = aj_empty_like(self, t, dtype, out);
    if (!status) fill_int(*out, value);
    return status;
}

int32_t aj_zeros(aj_instance *self, const aj_list *sizes, int64_t dtype, aj_tensor **out) {
    return aj_full_int(self, sizes, 0, dtype, out);
}

int32_t aj_ones(aj_instance *self, const aj_list *sizes, int64_t dtype, aj_tensor **out) {
    return aj_full_int(self, sizes, 1, dtype, out);
}

int32_t aj_zeros_like(aj_instance *self, aj_tensor *t, int64_t dtype, aj_tensor **out) {
    return aj_full_like_int(self, t, 0, dtype, out);
}

int32_t aj_ones_like(aj_instance *self, aj_tensor *t, int64_t dtype, aj_tensor **out) {
    return aj_full_like_int(self, t, 1, dtype, out);
}

int32_t aj_fill_(aj_instance *self, aj_tensor *t, double value, aj_tensor **out) {
    (void)self;
    fill_double(t, value);
    aj_retain(&t->head);
    *out = t;
    return AJ_OK;
}

int32_t aj_fill_int_(aj_instance *self, aj_tensor *t, int64_t value, aj_tensor **out) {
    (void)self;
    fill_int(t, value);
    aj_retain(&t->head);
    *out = t;
    return AJ_OK;
}

static int32_t check_range(aj_instance *self, bool zero, bool wrong_way, double count) {
    if (zero) return aj_fail(self, AJ_RUNTIME_ERROR, "step must be nonzero");
    if (wrong_way) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "upper bound and lower bound inconsistent with step sign");
    }
    if (!(count < 0x1p46)) return aj_fail(self, AJ_RUNTIME_ERROR, "arange: invalid or too large range");
    return AJ_OK;
}

int32_t aj_arange_int(aj_instance *self, int64_t start, int64_t end, int64_t step, int64_t dtype, aj_tensor **out) {
    double distance = (double)end - (double)start;
    int32_t status = check_range(self, step == 0, step > 0 ? start > end : start < end,
                                 step == 0 ? 0 : distance / (double)step);
    if (status) return status;
    uint64_t span = step > 0 ? (uint64_t)end - (uint64_t)start : (uint64_t)start - (uint64_t)end;
    uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    int64_t count = (int64_t)(span / stride + (span % stride != 0));
    status = new_of(self, 1, &count, dtype, out);
    if (status) return status;
    char *element = (char *)(*out)->data;
    int64_t width = aj_dtype_bytes((*out)->dtype);
    for (int64_t i = 0; i < count; i++, element += width) {
        aj_store_int(element, (*out)->dtype, (int64_t)((uint64_t)start + (uint64_t)i * (uint64_t)step));
    }
    return AJ_OK;
}

int32_t aj_arange_float(aj_instance *self, double start, double end, double step, int64_t dtype, aj_tensor **out) {
    double distance = (end - start) / step;
    int32_t status = check_range(self, step == 0, step > 0 ? start > end : start < end, distance);
    if (status) return status;
    int64_t count = (int64_t)distance;
    count += (double)count < distance;
    status = new_of(self, 1, &count, dtype, out);
    if (status) return status;
    char *element = (char *)(*out)->data;
    int64_t width = aj_dtype_bytes((*out)->dtype);
    const bool whole = !aj_dtype_is_floating((*out)->dtype); /* then torch counts in whole numbers */
    const uint64_t first = (uint64_t)aj_int_of_double(start), stride = (uint64_t)aj_int_of_double(step);
    for (int64_t i = 0; i < count; i++, element += width) {
        if (whole) aj_store_int(element, (*out)->dtype, (int64_t)(first + (uint64_t)i * stride));
        else aj_store_double(element, (*out)->dtype, start + (double)i * step);
    }
    return AJ_OK;
}

int32_t aj_scalar_tensor_int(aj_instance *self, int64_t value, int64_t dtype, aj_tensor **out) {
    int32_t status = new_of(self, 0, NULL, dtype, out);
    if (!status) fill_int(*out, value);
    return status;
}

int32_t aj_scalar_tensor_float(aj_instance *self, double value, int64_t dtype, aj_tensor **out) {
    int32_t status = new_of(self, 0, NULL, dtype, out);
    if (!status) fill_double(*out, value);
    return status;
}

int32_t aj_scalar_tensor_complex(aj_instance *self, double re, double im, int64_t dtype, aj_tensor **out) {
    int32_t status = new_of(self, 0, NULL, dtype, out);
    if (!status) fill_complex(*out, re, im);
    return status;
}

int32_t aj_scalar_tensor_bool(aj_instance *self, bool value, int64_t dtype, aj_tensor **out) {
    return aj_scalar_tensor_int(self, value, dtype, out);
}

/* The number at `words`, of the type whose code it is (c, f, i or b), as an element. */
static void store_number(void *element, int32_t dtype, char code, const aj_word *words) {
    const bool real = code == 'f' || code == 'c';
    if (aj_dtype_is_complex(dtype)) {
        store_complex(element, dtype, real ? aj_word_double(words[0]) : (double)(int64_t)words[0],
                      code == 'c' ? aj_word_double(words[1]) : 0);
    } else if (real) {
        aj_store_double(element, dtype, aj_word_double(words[0]));
    } else {
        aj_store_int(element, dtype, (int64_t)words[0]);
    }
}

/* Copies the numbers of a nested list row by row; fails where a list's length is not its level's size. */
static int32_t store_nested(aj_instance *self, aj_tensor *t, int32_t level, const aj_list *list, const char *code,
                            char **element) {
    if (list->length != t->sizes[level]) {
        return aj_fail(self, AJ_VALUE_ERROR, "expected sequence of length %lld at dim %d (got %lld)",
                       (long long)t->sizes[level], (int)level, (long long)list->length);
    }
    for (int64_t i = 0; i < list->length; i++) {
        if (*code == 'L') {
            const aj_list *inner = (const aj_list *)aj_word_pointer(list->data[i]);
            int32_t status = store_nested(self, t, level + 1, inner, code + 1, element);
            if (status) return status;
            continue;
        }
        store_number(*element, t->dtype, *code, list->data + i * list->width);
        *element += aj_dtype_bytes(t->dtype);
    }
    return AJ_OK;
}

int32_t aj_tensor_from_list(aj_instance *self, const aj_list *list, const char *code, int64_t dtype, aj_tensor **out) {
    int64_t sizes[AJ_MAX_RANK];
    int32_t rank = 0;
    const char *leaf = code;
    for (const aj_list *level = list;; leaf++) {
        if (rank == AJ_MAX_RANK) return aj_fail(self, AJ_VALUE_ERROR, "at most %d dimensions", (int)AJ_MAX_RANK);
        sizes[rank++] = level ? level->length : 0;
        if (*leaf != 'L') break;
        level = level && level->length ? (const aj_list *)aj_word_pointer(level->data[0]) : NULL;
    }
    int32_t status = new_of(self, rank, sizes, dtype, out);
    if (status) return status;
    char *element = (char *)(*out)->data;
    status = store_nested(self, *out, 0, list, code, &element);
    if (status) aj_release(self, &(*out)->head);
    return status;
}
