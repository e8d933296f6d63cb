/* Sorting along a dim: stable merge sort of places, NaN above all numbers as torch has it. */
#include "arena.h"
#include "convert.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

/* Does `b` belong before `a`? Equal elements keep their order. */
#define MERGE(T, NAME, BEFORE)                                                                                \
    static void NAME(const T *keys, int64_t *places, int64_t *spare, int64_t count) {                         \
        for (int64_t i = 0; i < count; i += 16) {                                                             \
            int64_t end = i + 16 < count ? i + 16 : count;                                                    \
            for (int64_t j = i + 1; j < end; j++) {                                                           \
                int64_t place = places[j], k = j;                                                             \
                for (; k > i && BEFORE(keys[place], keys[places[k - 1]]); k--) places[k] = places[k - 1];     \
                places[k] = place;                                                                            \
            }                                                                                                 \
        }                                                                                                     \
        int64_t *from = places, *to = spare;                                                                  \
        for (int64_t width = 16; width < count; width *= 2) {                                                 \
            for (int64_t i = 0; i < count; i += 2 * width) {                                                  \
                int64_t a = i, middle = i + width < count ? i + width : count, b = middle;                    \
                int64_t end = i + 2 * width < count ? i + 2 * width : count;                                  \
                for (int64_t k = i; k < end; k++) {                                                           \
                    bool take = b < end && (a >= middle || BEFORE(keys[from[b]], keys[from[a]]));             \
                    to[k] = take ? from[b++] : from[a++];                                                     \
                }                                                                                             \
            }                                                                                                 \
            int64_t *other = from;                                                                            \
            from = to;                                                                                        \
            to = other;                                                                                       \
        }                                                                                                     \
        if (from != places) memcpy(places, from, (size_t)count * sizeof(int64_t));                            \
    }

#define UP(x, y) ((x) < (y) || ((y) != (y) && (x) == (x)))
#define DOWN(x, y) ((x) > (y) || ((x) != (x) && (y) == (y)))
MERGE(double, sort_double_up, UP)
MERGE(double, sort_double_down, DOWN)
MERGE(int64_t, sort_int_up, UP)
MERGE(int64_t, sort_int_down, DOWN)

/* The `wanted` first of an order need only be sorted among themselves: a heap of the best so far, its worst on top. */
#define SELECT(T, NAME, BEFORE)                                                                               \
    static void NAME(const T *keys, int64_t *places, int64_t count, int64_t wanted) {                         \
        for (int64_t i = 0; i < wanted; i++) places[i] = i;                                                   \
        for (int64_t start = wanted / 2; start-- > 0;) {                                                      \
            for (int64_t at = start;;) {                                                                      \
                int64_t child = 2 * at + 1;                                                                   \
                if (child >= wanted) break;                                                                   \
                if (child + 1 < wanted && BEFORE(keys[places[child]], keys[places[child + 1]])) child++;      \
                if (!BEFORE(keys[places[at]], keys[places[child]])) break;                                    \
                int64_t place = places[at];                                                                   \
                places[at] = places[child];                                                                   \
                places[child] = place;                                                                        \
                at = child;                                                                                   \
            }                                                                                                 \
        }                                                                                                     \
        for (int64_t i = wanted; i < count; i++) {                                                            \
            if (!BEFORE(keys[i], keys[places[0]])) continue;                                                  \
            places[0] = i;                                                                                    \
            for (int64_t at = 0;;) {                                                                          \
                int64_t child = 2 * at + 1;                                                                   \
                if (child >= wanted) break;                                                                   \
                if (child + 1 < wanted && BEFORE(keys[places[child]], keys[places[child + 1]])) child++;      \
                if (!BEFORE(keys[places[at]], keys[places[child]])) break;                                    \
                int64_t place = places[at];                                                                   \
                places[at] = places[child];                                                                   \
                places[child] = place;                                                                        \
                at = child;                                                                                   \
            }                                                                                                 \
        }                                                                                                     \
    }

SELECT(double, select_double_up, UP)
SELECT(double, select_double_down, DOWN)
SELECT(int64_t, select_int_up, UP)
SELECT(int64_t, select_int_down, DOWN)

/* Rows of a dim as keys. */
typedef struct row_sorter {
    int64_t size, wanted;
    bool descending, floating;
    void *keys;
    int64_t *places, *spare;
} row_sorter;

static void load_keys(row_sorter *s, const char *from, int32_t dtype, int64_t step) {
    for (int64_t i = 0; i < s->size; i++, from += step) {
        if (s->floating) {
            ((double *)s->keys)[i] = aj_load_double(from, dtype);
        } else {
            ((int64_t *)s->keys)[i] = aj_load_int(from, dtype);
        }
    }
}

static void sort_places(row_sorter *s, int64_t count) {
    if (s->floating) {
        (s->descending ? sort_double_down : sort_double_up)((const double *)s->keys, s->places, s->spare, count);
    } else {
        (s->descending ? sort_int_down : sort_int_up)((const int64_t *)s->keys, s->places, s->spare, count);
    }
}

static void order_row(row_sorter *s) {
    if (s->wanted == 0) return;
    if (s->wanted * 8 < s->size) {
        if (s->floating) {
            (s->descending ? select_double_down : select_double_up)((const double *)s->keys, s->places, s->size, s->wanted);
        } else {
            (s->descending ? select_int_down : select_int_up)((const int64_t *)s->keys, s->places, s->size, s->wanted);
        }
        sort_places(s, s->wanted);
        return;
    }
    for (int64_t i = 0; i < s->size; i++) s->places[i] = i;
    sort_places(s, s->size);
}

/* The first `wanted` elements of each row of a dim in order, and their places. */
static int32_t order(aj_instance *self, const aj_tensor *t, int32_t dim, int64_t wanted, bool descending,
                     aj_tensor **values, aj_tensor **places) {
    int64_t sizes[AJ_MAX_RANK], rows = 1, width = aj_dtype_bytes(t->dtype);
    row_sorter s = {t->ndim ? t->sizes[dim] : 1, wanted, descending, aj_dtype_is_floating(t->dtype), NULL, NULL, NULL};
    memcpy(sizes, t->sizes, sizeof sizes);
    if (t->ndim) sizes[dim] = wanted;
    int32_t status = aj_tensor_new(self, t->dtype, t->ndim, sizes, values);
    if (status) return status;
    status = aj_tensor_new(self, AJ_I64, t->ndim, sizes, places);
    size_t bytes = (size_t)(3 * s.size + 1) * 8;
    void *memory = status ? NULL : aj_arena_alloc(self, bytes);
    if (!memory) {
        aj_release(self, &(*values)->head);
        if (!status) aj_release(self, &(*places)->head);
        return status ? status : AJ_MEMORY_ERROR;
    }
    s.keys = memory;
    s.places = (int64_t *)memory + s.size;
    s.spare = s.places + s.size;
    for (int32_t d = 0; d < t->ndim; d++) rows *= d == dim ? 1 : t->sizes[d];
    if ((*values)->numel == 0) rows = 0;
    int64_t step = t->ndim ? t->strides[dim] : 0, out_step = t->ndim ? (*values)->strides[dim] : 0;
    for (int64_t row = 0; row < rows; row++) {
        int64_t from = 0, to = 0, rest = row;
        for (int32_t d = t->ndim - 1; d >= 0; d--) {
            if (d == dim) continue;
            from += rest % t->sizes[d] * t->strides[d];
            to += rest % t->sizes[d] * (*values)->strides[d];
            rest /= t->sizes[d];
        }
        const char *source = (const char *)t->data + from * width;
        load_keys(&s, source, t->dtype, step * width);
        order_row(&s);
        for (int64_t i = 0; i < wanted; i++) {
            int64_t at = to + i * out_step;
            memcpy((char *)(*values)->data + at * width, source + s.places[i] * step * width, (size_t)width);
            ((int64_t *)(*places)->data)[at] = s.places[i];
        }
    }
    aj_arena_free(self, memory, bytes);
    return AJ_OK;
}

int32_t aj_sort(aj_instance *self, aj_tensor *t, int64_t dim, bool descending, aj_tensor **values, aj_tensor **places) {
    int32_t d = 0;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &d);
    return status ? status : order(self, t, d, t->ndim ? t->sizes[d] : 1, descending, values, places);
}

int32_t aj_topk(aj_instance *self, aj_tensor *t, int64_t k, int64_t dim, bool largest, aj_tensor **values,
                aj_tensor **places) {
    int32_t d = 0;
    int32_t status = aj_wrap_dim(self, dim, t->ndim, &d);
    if (status) return status;
    if (k < 0 || k > (t->ndim ? t->sizes[d] : 1)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "selected index k out of range");
    }
    if (t->ndim == 0 && k == 0) return aj_fail(self, AJ_NOT_IMPLEMENTED, "topk of nothing of a 0-dim tensor");
    return order(self, t, d, k, largest, values, places);
}

/* For each value the number of elements of its row of `sorted` that come before it. */
int32_t aj_searchsorted(aj_instance *self, aj_tensor *sorted, aj_tensor *values, bool right, aj_tensor **out) {
    if (sorted->ndim != 1 && sorted->ndim != values->ndim) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "boundaries tensor should be 1 dimension or the first N-1 dimensions of "
                       "boundaries tensor and input value tensor must match");
    }
    for (int32_t d = 0; sorted->ndim > 1 && d < sorted->ndim - 1; d++) {
        if (sorted->sizes[d] == values->sizes[d]) continue;
        return aj_fail(self, AJ_RUNTIME_ERROR, "boundaries and input values must match in all dims but the last");
    }
    aj_tensor *keys = NULL, *wanted = NULL;
    int32_t status = aj_contiguous(self, sorted, &keys);
    if (status) return status;
    status = aj_contiguous(self, values, &wanted);
    if (!status) status = aj_tensor_new(self, AJ_I64, values->ndim, values->sizes, out);
    if (status) {
        aj_release(self, &keys->head);
        if (wanted) aj_release(self, &wanted->head);
        return status;
    }
    int64_t size = sorted->sizes[sorted->ndim - 1], each = values->ndim ? values->sizes[values->ndim - 1] : 1;
    int64_t width = aj_dtype_bytes(keys->dtype), value_width = aj_dtype_bytes(wanted->dtype);
    for (int64_t i = 0; i < values->numel; i++) {
        const char *row = (const char *)keys->data + (sorted->ndim > 1 ? i / each * size * width : 0);
        double value = aj_load_double((const char *)wanted->data + i * value_width, wanted->dtype);
        int64_t low = 0, high = size;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            double key = aj_load_double(row + middle * width, keys->dtype);
            bool before = right ? !(key > value) : !(key >= value);
            if (before) low = middle + 1; else high = middle;
        }
        ((int64_t *)(*out)->data)[i] = low;
    }
    aj_release(self, &keys->head);
    aj_release(self, &wanted->head);
    return AJ_OK;
}
