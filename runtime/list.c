#include "object.h"

#include "arena.h"
#include "libc.h"
#include "operators.h"
#include "value.h"

enum { ROOM_BYTES = 1 << 30 };

static size_t element_bytes(const aj_list *list) { return (size_t)list->width * sizeof(aj_word); }

/* Out of line: there is one loop of each, not one in every function. */
static __attribute__((noinline)) void retain_references(const aj_list *list, const aj_word *words, int64_t elements) {
    for (int64_t i = 0; i < elements; i++) {
        for (int32_t k = 0; k < list->width; k++) {
            if (list->references >> k & 1) aj_retain((aj_object *)(uintptr_t)words[i * list->width + k]);
        }
    }
}

static void retain_words(const aj_list *list, const aj_word *words, int64_t elements) {
    if (list->references) retain_references(list, words, elements);
}

static __attribute__((noinline)) void release_references(aj_instance *self, const aj_list *list, const aj_word *words) {
    for (int32_t k = 0; k < list->width; k++) {
        if (list->references >> k & 1) aj_release(self, (aj_object *)(uintptr_t)words[k]);
    }
}

static void release_element(aj_instance *self, const aj_list *list, const aj_word *words) {
    if (list->references) release_references(self, list, words);
}

/* Room for at least `needed` elements; the block's whole size class is used. */
int32_t aj_list_reserve(aj_instance *self, aj_list *list, int64_t needed) {
    if (needed <= list->capacity || list->width == 0) return AJ_OK;
    int64_t wanted = list->capacity + list->capacity / 2;
    if (wanted < needed) wanted = needed;
    if (wanted < 4) wanted = 4;
    int64_t bytes;
    if (__builtin_mul_overflow(wanted, (int64_t)element_bytes(list), &bytes) || bytes > (int64_t)1 << 46) {
        return aj_fail(self, AJ_MEMORY_ERROR, "out of memory: the size of a list overflows");
    }
    uint32_t size_class = aj_size_class((size_t)bytes);
    size_t words = aj_class_bytes(size_class) / sizeof(aj_word);
    int64_t capacity = (int64_t)(list->width == 1 ? words : words / (size_t)list->width);
    aj_word *data = (aj_word *)aj_arena_take(self, size_class);
    if (!data) return AJ_MEMORY_ERROR;
    if (list->data) {
        memcpy(data, list->data, (size_t)list->length * element_bytes(list));
        aj_arena_free(self, list->data, (size_t)list->capacity * element_bytes(list));
    }
    list->data = data;
    list->capacity = capacity;
    return AJ_OK;
}

int32_t aj_list_new(aj_instance *self, int32_t width, uint64_t references, int64_t capacity, aj_list **out) {
    aj_list *list = (aj_list *)aj_arena_alloc(self, sizeof(aj_list));
    if (!list) return AJ_MEMORY_ERROR;
    *list = (aj_list){.head = {.refcount = 1, .kind = AJ_LIST}, .width = width, .references = references};
    if (capacity > 0 && aj_list_reserve(self, list, capacity)) {
        aj_arena_free(self, list, sizeof(aj_list));
        return AJ_MEMORY_ERROR;
    }
    *out = list;
    return AJ_OK;
}

int32_t aj_list_append(aj_instance *self, aj_list *list, const aj_word *element) {
    if (__builtin_expect(list->length >= list->capacity, 0)) {
        int32_t status = aj_list_reserve(self, list, list->length + 1);
        if (status) return status;
    }
    aj_word *slot = list->data + list->length * list->width;
    for (int32_t k = 0; k < list->width; k++) slot[k] = element[k];
    retain_words(list, slot, 1);
    list->length++;
    return AJ_OK;
}

/* Room for `count` more, so that a loop need not ask each time; not where so much memory might never be used. A count
 * that is negative may be one that wrapped. */
int32_t aj_list_has_room(aj_instance *self, aj_list *list, int64_t count, bool *out) {
    int64_t limit = list->width ? ROOM_BYTES / (int64_t)element_bytes(list) - list->length : INT64_MAX;
    *out = count >= 0 && count <= limit && !aj_list_reserve(self, list, list->length + count);
    return AJ_OK;
}

__attribute__((noinline)) int32_t aj_list_extend(aj_instance *self, aj_list *list, aj_list *other) {
    int64_t count = other->length; /* `other` may be `list` */
    int32_t status = aj_list_reserve(self, list, list->length + count);
    if (status) return status;
    if (count > 0 && list->width > 0) {
        aj_word *slot = list->data + list->length * list->width;
        memcpy(slot, other->data, (size_t)count * element_bytes(list));
        retain_words(list, slot, count);
    }
    list->length += count;
    return AJ_OK;
}

int32_t aj_list_index(aj_instance *self, const aj_list *list, int64_t i, int64_t *out) {
    int64_t at = i < 0 ? i + list->length : i;
    if (__builtin_expect((uint64_t)at >= (uint64_t)list->length, 0)) {
        return aj_fail(self, AJ_INDEX_ERROR, "list index out of range: %lld of a list of length %lld", (long long)i,
                       (long long)list->length);
    }
    *out = at;
    return AJ_OK;
}

int32_t aj_list_length(aj_instance *self, const aj_list *list, int64_t *out) {
    (void)self;
    *out = list->length;
    return AJ_OK;
}

int32_t aj_list_get(aj_instance *self, const aj_list *list, int64_t i, aj_word *out) {
    int64_t at = 0;
    int32_t status = aj_list_index(self, list, i, &at);
    if (status) return status;
    const aj_word *slot = list->data + at * list->width;
    for (int32_t k = 0; k < list->width; k++) out[k] = slot[k];
    retain_words(list, slot, 1);
    return AJ_OK;
}

int32_t aj_list_set(aj_instance *self, aj_list *list, int64_t i, const aj_word *element) {
    int64_t at = 0;
    int32_t status = aj_list_index(self, list, i, &at);
    if (status) return status;
    retain_words(list, element, 1);
    aj_word *slot = list->data + at * list->width;
    release_element(self, list, slot);
    for (int32_t k = 0; k < list->width; k++) slot[k] = element[k];
    return AJ_OK;
}

int32_t aj_list_insert(aj_instance *self, aj_list *list, int64_t i, const aj_word *element) {
    int64_t at = i < 0 ? i + list->length : i;
    if (at < 0) at = 0;
    if (at > list->length) at = list->length;
    int32_t status = aj_list_reserve(self, list, list->length + 1);
    if (status) return status;
    aj_word *slot = list->data + at * list->width;
    if (list->width > 0) memmove(slot + list->width, slot, (size_t)(list->length - at) * element_bytes(list));
    for (int32_t k = 0; k < list->width; k++) slot[k] = element[k];
    retain_words(list, slot, 1);
    list->length++;
    return AJ_OK;
}

int32_t aj_list_pop(aj_instance *self, aj_list *list, int64_t i, aj_word *out) {
    if (list->length == 0) return aj_fail(self, AJ_INDEX_ERROR, "pop from empty list");
    int64_t at = 0;
    int32_t status = aj_list_index(self, list, i, &at);
    if (status) return status;
    aj_word *slot = list->data + at * list->width;
    for (int32_t k = 0; k < list->width; k++) out[k] = slot[k];
    list->length--;
    if (at < list->length) memmove(slot, slot + list->width, (size_t)(list->length - at) * element_bytes(list));
    return AJ_OK;
}

int32_t aj_list_delete(aj_instance *self, aj_list *list, int64_t i) {
    int64_t at = 0;
    int32_t status = aj_list_index(self, list, i, &at);
    if (status) return status;
    aj_word *slot = list->data + at * list->width;
    release_element(self, list, slot);
    list->length--;
    if (list->width > 0) memmove(slot, slot + list->width, (size_t)(list->length - at) * element_bytes(list));
    return AJ_OK;
}

int32_t aj_list_clear(aj_instance *self, aj_list *list) {
    for (int64_t i = 0; i < list->length; i++) release_element(self, list, list->data + i * list->width);
    list->length = 0;
    return AJ_OK;
}

int32_t aj_list_reverse(aj_instance *self, aj_list *list) {
    (void)self;
    for (int64_t i = 0, j = list->length - 1; i < j; i++, j--) {
        for (int32_t k = 0; k < list->width; k++) {
            aj_word kept = list->data[i * list->width + k];
            list->data[i * list->width + k] = list->data[j * list->width + k];
            list->data[j * list->width + k] = kept;
        }
    }
    return AJ_OK;
}

/* A new list of `count` elements of `list`, from `start` on, `step` apart. */
static int32_t picked(aj_instance *self, const aj_list *list, int64_t start, int64_t step, int64_t count,
                      aj_list **out) {
    int32_t status = aj_list_new(self, list->width, list->references, count, out);
    if (status) return status;
    if (step == 1 && count > 0) {
        memcpy((*out)->data, list->data + start * list->width, (size_t)count * element_bytes(list));
    } else {
        const size_t bytes = element_bytes(list);
        for (int64_t i = 0; i < count; i++) {
            memcpy((*out)->data + i * list->width, list->data + (start + i * step) * list->width, bytes);
        }
    }
    (*out)->length = count;
    retain_words(*out, (*out)->data, count);
    return AJ_OK;
}

int32_t aj_list_copy(aj_instance *self, const aj_list *list, aj_list **out) {
    return picked(self, list, 0, 1, list->length, out);
}

int32_t aj_list_concat(aj_instance *self, const aj_list *a, const aj_list *b, aj_list **out) {
    int32_t status = aj_list_new(self, a->width, a->references, a->length + b->length, out);
    if (status) return status;
    aj_list_extend(self, *out, (aj_list *)(uintptr_t)a); /* the room is there: cannot fail */
    aj_list_extend(self, *out, (aj_list *)(uintptr_t)b);
    return AJ_OK;
}

int32_t aj_list_repeat(aj_instance *self, const aj_list *list, int64_t count, aj_list **out) {
    int64_t total = 0;
    if (count < 0) count = 0;
    if (__builtin_mul_overflow(list->length, count, &total)) {
        return aj_fail(self, AJ_MEMORY_ERROR, "out of memory: the size of a list overflows");
    }
    int32_t status = aj_list_new(self, list->width, list->references, total, out);
    if (status) return status;
    for (int64_t i = 0; i < count; i++) aj_list_extend(self, *out, (aj_list *)(uintptr_t)list);
    return AJ_OK;
}

int32_t aj_list_repeat_(aj_instance *self, aj_list *list, int64_t count, aj_list **out) {
    aj_list *repeated = NULL;
    int32_t status = aj_list_repeat(self, list, count > 0 ? count - 1 : 0, &repeated);
    if (status) return status;
    if (count <= 0) aj_list_clear(self, list);
    else status = aj_list_extend(self, list, repeated);
    aj_release(self, &repeated->head);
    if (status) return status;
    aj_retain(&list->head);
    *out = list;
    return AJ_OK;
}

int32_t aj_list_slice(aj_instance *self, const aj_list *list, bool has_start, int64_t start, bool has_end, int64_t end,
                      int64_t step, aj_list **out) {
    if (step == 0) return aj_fail(self, AJ_VALUE_ERROR, "slice step cannot be zero");
    int64_t count = aj_slice_bounds(list->length, has_start, &start, has_end, end, step);
    return picked(self, list, start, step, count, out);
}

int32_t aj_list_range(aj_instance *self, int64_t start, int64_t end, int64_t step, aj_list **out) {
    if (step == 0) return aj_fail(self, AJ_VALUE_ERROR, "range() arg 3 must not be zero");
    uint64_t count = 0;
    if (step > 0 && start < end) count = ((uint64_t)end - (uint64_t)start - 1) / (uint64_t)step + 1;
    if (step < 0 && start > end) count = ((uint64_t)start - (uint64_t)end - 1) / (0 - (uint64_t)step) + 1;
    if (count > (uint64_t)1 << 40) return aj_fail(self, AJ_MEMORY_ERROR, "out of memory: a list of a huge range");
    int32_t status = aj_list_new(self, 1, 0, (int64_t)count, out);
    if (status) return status;
    for (uint64_t i = 0; i < count; i++) (*out)->data[i] = (uint64_t)start + i * (uint64_t)step;
    (*out)->length = (int64_t)count;
    return AJ_OK;
}
