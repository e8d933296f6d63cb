/* List operators that look at the elements. */
#include "libc.h"
#include "operators.h"
#include "value.h"

int32_t aj_list_equal(aj_instance *self, const aj_list *a, const aj_list *b, const char *code, bool *out) {
    (void)self;
    bool same = a->length == b->length;
    for (int64_t i = 0; same && i < a->length; i++) {
        same = aj_values_equal(code, a->data + i * a->width, b->data + i * b->width);
    }
    *out = same;
    return AJ_OK;
}

static int64_t position(const aj_list *list, const aj_word *element, const char *code) {
    for (int64_t i = 0; i < list->length; i++) {
        if (aj_values_equal(code, list->data + i * list->width, element)) return i;
    }
    return -1;
}

int32_t aj_list_contains(aj_instance *self, const aj_list *list, const aj_word *element, const char *code, bool *out) {
    (void)self;
    *out = position(list, element, code) >= 0;
    return AJ_OK;
}

int32_t aj_list_find(aj_instance *self, const aj_list *list, const aj_word *element, const char *code, int64_t *out) {
    *out = position(list, element, code);
    return *out >= 0 ? AJ_OK : aj_fail(self, AJ_VALUE_ERROR, "the value is not in the list");
}

int32_t aj_list_count(aj_instance *self, const aj_list *list, const aj_word *element, const char *code, int64_t *out) {
    (void)self;
    *out = 0;
    for (int64_t i = 0; i < list->length; i++) *out += aj_values_equal(code, list->data + i * list->width, element);
    return AJ_OK;
}

int32_t aj_list_remove(aj_instance *self, aj_list *list, const aj_word *element, const char *code) {
    int64_t at = position(list, element, code);
    if (at < 0) return aj_fail(self, AJ_VALUE_ERROR, "list.remove(x): x not in list");
    return aj_list_delete(self, list, at);
}

/* Stable merge of data[0..half) and data[half..count) through `spare`; `direction` -1 sorts downwards. */
static void merge(aj_word *data, aj_word *spare, int64_t half, int64_t count, int32_t width, const char *code,
                  int direction) {
    size_t bytes = (size_t)width * sizeof(aj_word);
    memcpy(spare, data, (size_t)half * bytes);
    int64_t left = 0, right = half, at = 0;
    while (left < half) {
        bool take_right = right < count &&
                          direction * aj_values_compare(code, data + right * width, spare + left * width) < 0;
        const aj_word *from = take_right ? data + right++ * width : spare + left++ * width;
        memmove(data + at++ * width, from, bytes);
    }
}

static void merge_sort(aj_word *data, aj_word *spare, int64_t count, int32_t width, const char *code, int direction) {
    if (count < 2) return;
    int64_t half = count / 2;
    merge_sort(data, spare, half, width, code, direction);
    merge_sort(data + half * width, spare, count - half, width, code, direction);
    merge(data, spare, half, count, width, code, direction);
}

/* -- lists of ints, bools and floats: the comparison is compiled in ----------------------------------------------- */

enum { RUN = 16 };

static inline __attribute__((always_inline)) bool before(char kind, aj_word a, aj_word b) {
    return kind == 'f' ? aj_word_double(a) < aj_word_double(b) : (int64_t)a < (int64_t)b;
}

static inline __attribute__((always_inline)) void sort_run(aj_word *data, int64_t count, char kind, bool reverse) {
    for (int64_t i = 1; i < count; i++) {
        aj_word word = data[i];
        int64_t at = i;
        for (; at > 0 && (reverse ? before(kind, data[at - 1], word) : before(kind, word, data[at - 1])); at--) {
            data[at] = data[at - 1];
        }
        data[at] = word;
    }
}

/* Stable merge of from[0..half) and from[half..count) to `to`. */
static inline __attribute__((always_inline)) void merge_words(const aj_word *from, aj_word *to, int64_t half,
                                                              int64_t count, char kind, bool reverse) {
    int64_t left = 0, right = half, at = 0;
    while (left < half && right < count) {
        aj_word a = from[left], b = from[right];
        bool take = reverse ? before(kind, a, b) : before(kind, b, a);
        to[at++] = take ? b : a;
        right += take;
        left += !take;
    }
    memcpy(to + at, from + left, (size_t)(half - left) * sizeof(aj_word));
    at += half - left;
    memcpy(to + at, from + right, (size_t)(count - right) * sizeof(aj_word));
}

/* Sorts data[0..count) with as much room in `spare`. */
static inline __attribute__((always_inline)) void sort_words(aj_word *data, aj_word *spare, int64_t count, char kind,
                                                             bool reverse) {
    for (int64_t i = 0; i < count; i += RUN) sort_run(data + i, count - i < RUN ? count - i : RUN, kind, reverse);
    aj_word *from = data, *to = spare;
    for (int64_t half = RUN; half < count; half *= 2) {
        for (int64_t i = 0; i < count; i += 2 * half) {
            int64_t rest = count - i;
            merge_words(from + i, to + i, rest < half ? rest : half, rest < 2 * half ? rest : 2 * half, kind, reverse);
        }
        aj_word *other = from;
        from = to;
        to = other;
    }
    if (from != data) memcpy(data, from, (size_t)count * sizeof(aj_word));
}

int32_t aj_list_sort(aj_instance *self, aj_list *list, bool reverse, const char *code) {
    aj_list *spare = NULL;
    bool plain = *code == 'i' || *code == 'b' || *code == 'f';
    int32_t status = aj_list_new(self, list->width, 0, plain ? list->length : list->length / 2 + 1, &spare);
    if (status) return status;
    if (!plain) merge_sort(list->data, spare->data, list->length, list->width, code, reverse ? -1 : 1);
    else if (*code == 'f') sort_words(list->data, spare->data, list->length, 'f', reverse);
    else sort_words(list->data, spare->data, list->length, 'i', reverse);
    aj_release(self, &spare->head);
    return AJ_OK;
}

int32_t aj_list_sum_int(aj_instance *self, const aj_list *list, int64_t *out) {
    (void)self;
    uint64_t sum = 0;
    for (int64_t i = 0; i < list->length; i++) sum += list->data[i];
    *out = (int64_t)sum;
    return AJ_OK;
}

int32_t aj_list_sum_float(aj_instance *self, const aj_list *list, double *out) {
    (void)self;
    *out = 0;
    for (int64_t i = 0; i < list->length; i++) *out += aj_word_double(list->data[i]);
    return AJ_OK;
}

static int32_t extreme(aj_instance *self, const aj_list *list, const char *code, int direction, aj_word *out) {
    if (list->length == 0) {
        return aj_fail(self, AJ_VALUE_ERROR, "%s() arg is an empty sequence", direction < 0 ? "min" : "max");
    }
    const aj_word *best = list->data;
    for (int64_t i = 1; i < list->length; i++) {
        if (direction * aj_values_compare(code, list->data + i, best) > 0) best = list->data + i;
    }
    *out = *best;
    return AJ_OK;
}

int32_t aj_list_min(aj_instance *self, const aj_list *list, const char *code, aj_word *out) {
    return extreme(self, list, code, -1, out);
}

int32_t aj_list_max(aj_instance *self, const aj_list *list, const char *code, aj_word *out) {
    return extreme(self, list, code, 1, out);
}

static bool is_true(const char *code, aj_word word) {
    if (*code == 's') return ((const aj_str *)aj_word_pointer(word))->bytes > 0;
    return *code == 'f' ? aj_word_double(word) != 0 : word != 0;
}

int32_t aj_list_any(aj_instance *self, const aj_list *list, const char *code, bool *out) {
    (void)self;
    *out = false;
    for (int64_t i = 0; i < list->length && !*out; i++) *out = is_true(code, list->data[i]);
    return AJ_OK;
}

int32_t aj_list_all(aj_instance *self, const aj_list *list, const char *code, bool *out) {
    (void)self;
    *out = true;
    for (int64_t i = 0; i < list->length && *out; i++) *out = is_true(code, list->data[i]);
    return AJ_OK;
}
