#include "value.h"

#include "dict.h"
#include "libc.h"
#include "model.h"
#include "operators.h"

const char *aj_code_end(const char *code) {
    switch (*code) {
    case 'L':
    case 'O': return aj_code_end(code + 1);
    case 'D': return aj_code_end(aj_code_end(code + 1));
    case '(':
        for (code++; *code && *code != ')';) code = aj_code_end(code);
        return *code ? code + 1 : code;
    case 'e':
        while (*code && *code != '}') code++;
        return *code ? code + 1 : code;
    default: return *code ? code + 1 : code;
    }
}

int32_t aj_code_words(const char *code) {
    if (*code == 'n') return 0;
    if (*code == 'O') return aj_code_is_pointer(code + 1) ? 1 : 1 + aj_code_words(code + 1);
    if (*code != '(') return 1;
    int32_t words = 0;
    for (code++; *code && *code != ')'; code = aj_code_end(code)) words += aj_code_words(code);
    return words;
}

uint64_t aj_code_references(const char *code) {
    if (aj_code_is_pointer(code)) return 1;
    if (*code == 'O') return aj_code_is_pointer(code + 1) ? 1 : aj_code_references(code + 1) << 1;
    if (*code != '(') return 0;
    uint64_t bits = 0;
    int32_t at = 0;
    for (code++; *code && *code != ')'; code = aj_code_end(code)) {
        bits |= aj_code_references(code) << at;
        at += aj_code_words(code);
    }
    return bits;
}

void aj_release_value(aj_instance *self, const char *code, const aj_word *value) {
    uint64_t references = aj_code_references(code);
    for (; references; references &= references - 1) {
        aj_release(self, (aj_object *)aj_word_pointer(value[__builtin_ctzll(references)]));
    }
}

enum copy_mode { COPY_ALL, COPY_BORROWED };

static int32_t copy_value(aj_instance *self, enum copy_mode mode, const char *code, const aj_word *value, aj_word *out);

static int32_t copy_list(aj_instance *self, enum copy_mode mode, const char *element, const aj_list *list,
                         aj_list **out) {
    int32_t status = aj_list_new(self, list->width, list->references, list->length, out);
    if (status) return status;
    for (int64_t i = 0; i < list->length; i++) {
        status = copy_value(self, mode, element, list->data + i * list->width, (*out)->data + i * list->width);
        if (status) {
            aj_release(self, &(*out)->head);
            return status;
        }
        (*out)->length++;
    }
    return AJ_OK;
}

static int32_t copy_dict(aj_instance *self, enum copy_mode mode, const char *code, const aj_dict *dict,
                         aj_dict **out) {
    const char *value = aj_code_end(code);
    aj_word words[1 + 64];
    int32_t status = aj_dict_new(self, dict->width, dict->references, dict->key, dict->length, out);
    for (int64_t i = dict->first; i < dict->used && !status; i++) {
        const aj_word *entry = aj_dict_entry(dict, i);
        if (!entry[0]) continue;
        status = copy_value(self, mode, code, entry + 1, words);
        if (status) break;
        status = copy_value(self, mode, value, entry + 2, words + 1);
        if (status) aj_release_value(self, code, words);
        else status = aj_dict_put(self, *out, words, words + 1);
    }
    if (status && *out) aj_release(self, &(*out)->head);
    return status;
}

/* The arena owns the tensor's memory, so that keeping a reference keeps it alive. */
static bool is_owned(const aj_tensor *t) {
    return t->head.refcount >= 0 && t->storage && t->storage->head.kind == AJ_STORAGE &&
           t->storage->head.refcount >= 0 && !t->storage->release;
}

static bool tensors_last(const char *code, const aj_word *value);

static bool list_lasts(const char *element, const aj_list *list) {
    bool lasts = true;
    for (int64_t i = 0; i < list->length && lasts; i++) lasts = tensors_last(element, list->data + i * list->width);
    return lasts;
}

static bool dict_lasts(const char *key, const aj_dict *dict) {
    const char *value = aj_code_end(key);
    bool lasts = true;
    for (int64_t i = dict->first; i < dict->used && lasts; i++) {
        const aj_word *entry = aj_dict_entry(dict, i);
        if (entry[0]) lasts = tensors_last(key, entry + 1) && tensors_last(value, entry + 2);
    }
    return lasts;
}

/* Does every tensor in the value have memory that a reference keeps? Containers do unless they are constants. */
static bool tensors_last(const char *code, const aj_word *value) {
    const aj_object *object = (const aj_object *)aj_word_pointer(value[0]);
    switch (*code) {
    case 'T': return is_owned((const aj_tensor *)object);
    case 'L':
        return object->refcount >= 0 &&
               (!aj_code_references(code + 1) || list_lasts(code + 1, (const aj_list *)object));
    case 'D': return object->refcount >= 0 && dict_lasts(code + 1, (const aj_dict *)object);
    case 'O':
        if (!value[0]) return true;
        return tensors_last(code + 1, aj_code_is_pointer(code + 1) ? value : value + 1);
    case '(':
        for (code++; *code && *code != ')'; code = aj_code_end(code)) {
            if (!tensors_last(code, value)) return false;
            value += aj_code_words(code);
        }
        return true;
    default: return true;
    }
}

static int32_t copy_pointer(aj_instance *self, enum copy_mode mode, const char *code, aj_object *object,
                            aj_word *out) {
    aj_object *copy = object;
    aj_word word = (aj_word)(uintptr_t)object;
    int32_t status = AJ_OK;
    if (*code == 'T' && (mode == COPY_ALL || !is_owned((aj_tensor *)object))) {
        status = aj_clone(self, (aj_tensor *)object, (aj_tensor **)&copy);
    } else if (*code == 'L' && (mode == COPY_ALL || !tensors_last(code, &word))) {
        status = copy_list(self, mode, code + 1, (aj_list *)object, (aj_list **)&copy);
    } else if (*code == 'D' && (mode == COPY_ALL || !tensors_last(code, &word))) {
        copy = NULL;
        status = copy_dict(self, mode, code + 1, (aj_dict *)object, (aj_dict **)&copy);
    } else if (*code == 's' && object->refcount < 0) {
        const aj_str *text = (const aj_str *)object;
        status = aj_str_new(self, text->text, text->bytes, (aj_str **)&copy);
    } else {
        aj_retain(object);
    }
    if (status == AJ_OK) *out = (aj_word)(uintptr_t)copy;
    return status;
}

static int32_t copy_value(aj_instance *self, enum copy_mode mode, const char *code, const aj_word *value,
                          aj_word *out) {
    if (aj_code_is_pointer(code) || (*code == 'O' && aj_code_is_pointer(code + 1))) {
        if (*code == 'O') code++;
        if (value[0]) return copy_pointer(self, mode, code, (aj_object *)aj_word_pointer(value[0]), out);
        out[0] = 0;
        return AJ_OK;
    }
    if (*code == 'O') {
        out[0] = value[0];
        int32_t words = aj_code_words(code + 1);
        if (value[0]) return copy_value(self, mode, code + 1, value + 1, out + 1);
        for (int32_t i = 1; i <= words; i++) out[i] = 0;
        return AJ_OK;
    }
    if (*code != '(') {
        if (*code != 'n') out[0] = value[0];
        return AJ_OK;
    }
    const char *first = code + 1;
    const aj_word *first_out = out;
    for (code++; *code && *code != ')'; code = aj_code_end(code)) {
        int32_t status = copy_value(self, mode, code, value, out);
        if (status) {
            for (const char *done = first; done != code; done = aj_code_end(done)) {
                aj_release_value(self, done, first_out);
                first_out += aj_code_words(done);
            }
            return status;
        }
        value += aj_code_words(code);
        out += aj_code_words(code);
    }
    return AJ_OK;
}

int32_t aj_copy_value(aj_instance *self, const char *code, const aj_word *value, aj_word *out) {
    return copy_value(self, COPY_ALL, code, value, out);
}

int32_t aj_own(aj_instance *self, const char *code, const aj_word *value, aj_word *out) {
    return copy_value(self, COPY_BORROWED, code, value, out);
}

static int sign_of(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int compare_text(const aj_str *a, const aj_str *b) {
    size_t shorter = (size_t)(a->bytes < b->bytes ? a->bytes : b->bytes);
    int order = memcmp(a->text, b->text, shorter);
    return order ? order : sign_of(a->bytes, b->bytes);
}

static int compare_lists(const char *element, const aj_list *a, const aj_list *b) {
    for (int64_t i = 0; i < a->length && i < b->length; i++) {
        int order = aj_values_compare(element, a->data + i * a->width, b->data + i * b->width);
        if (order) return order;
    }
    return sign_of(a->length, b->length);
}

int aj_values_compare(const char *code, const aj_word *a, const aj_word *b) {
    switch (*code) {
    case 'f': {
        double x = aj_word_double(a[0]), y = aj_word_double(b[0]);
        return (x > y) - (x < y);
    }
    case 's': return compare_text((const aj_str *)aj_word_pointer(a[0]), (const aj_str *)aj_word_pointer(b[0]));
    case 'L':
        return compare_lists(code + 1, (const aj_list *)aj_word_pointer(a[0]), (const aj_list *)aj_word_pointer(b[0]));
    case '(':
        for (code++; *code && *code != ')'; code = aj_code_end(code)) {
            int order = aj_values_compare(code, a, b);
            if (order) return order;
            a += aj_code_words(code);
            b += aj_code_words(code);
        }
        return 0;
    case 'n': return 0;
    default: return sign_of((int64_t)a[0], (int64_t)b[0]);
    }
}

static bool equal_lists(const char *element, const aj_list *a, const aj_list *b) {
    if (a->length != b->length) return false;
    for (int64_t i = 0; i < a->length; i++) {
        if (!aj_values_equal(element, a->data + i * a->width, b->data + i * b->width)) return false;
    }
    return true;
}

bool aj_values_equal(const char *code, const aj_word *a, const aj_word *b) {
    switch (*code) {
    case 'f': return aj_word_double(a[0]) == aj_word_double(b[0]);
    case 's': {
        const aj_str *x = (const aj_str *)aj_word_pointer(a[0]), *y = (const aj_str *)aj_word_pointer(b[0]);
        return x->bytes == y->bytes && memcmp(x->text, y->text, (size_t)x->bytes) == 0;
    }
    case 'L':
        return equal_lists(code + 1, (const aj_list *)aj_word_pointer(a[0]), (const aj_list *)aj_word_pointer(b[0]));
    case 'D':
        return aj_dicts_equal(aj_code_end(code + 1), (const aj_dict *)aj_word_pointer(a[0]),
                              (const aj_dict *)aj_word_pointer(b[0]));
    case 'O':
        if (!a[0] || !b[0]) return a[0] == b[0];
        return aj_code_is_pointer(code + 1) ? aj_values_equal(code + 1, a, b)
                                            : aj_values_equal(code + 1, a + 1, b + 1);
    case '(':
        for (code++; *code && *code != ')'; code = aj_code_end(code)) {
            if (!aj_values_equal(code, a, b)) return false;
            a += aj_code_words(code);
            b += aj_code_words(code);
        }
        return true;
    case 'n': return true;
    default: return a[0] == b[0];
    }
}

int64_t aj_slice_bounds(int64_t length, bool has_start, int64_t *start, bool has_end, int64_t end, int64_t step) {
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? length - 1 : length;
    int64_t first = *start;
    if (!has_start) {
        first = step < 0 ? high : low;
    } else {
        if (first < 0) first += length;
        if (first < low) first = low;
        if (first > high) first = high;
    }
    if (!has_end) {
        end = step < 0 ? low : high;
    } else {
        if (end < 0) end += length;
        if (end < low) end = low;
        if (end > high) end = high;
    }
    *start = first;
    if (step > 0) return first < end ? (end - first - 1) / step + 1 : 0;
    return end < first ? (int64_t)((uint64_t)(first - end - 1) / (0 - (uint64_t)step)) + 1 : 0;
}
