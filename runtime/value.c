#include "value.h"

#include "dict.h"
#include "libc.h"
#include "model.h"
#include "operators.h"

static const char *end_of_names(const char *code) {
    while (*code && *code != '}') code++;
    return *code ? code + 1 : code;
}

const char *aj_code_end(const char *code) {
    switch (*code) {
    case 'L':
    case 'O': return aj_code_end(code + 1);
    case 'D': return aj_code_end(aj_code_end(code + 1));
    case '(':
        for (code++; *code && *code != ')';) code = aj_code_end(code);
        if (*code) code++;
        return *code == '{' ? end_of_names(code) : code;
    case 'C':
    case 'F':
    case 'U':
    case 'e': return end_of_names(code + 1);
    default: return *code ? code + 1 : code;
    }
}

int32_t aj_code_words(const char *code) {
    if (*code == 'n') return 0;
    if (*code == 'c') return 2;
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

int32_t aj_code_tensors(const char *code) {
    int32_t count = 0;
    for (const char *end = aj_code_end(code); code < end; code++) {
        if (*code == '{') code = end_of_names(code) - 1;
        count += *code == 'T';
    }
    return count;
}

void aj_release_value(aj_instance *self, const char *code, const aj_word *value) {
    uint64_t references = aj_code_references(code);
    for (; references; references &= references - 1) {
        aj_release(self, (aj_object *)aj_word_pointer(value[__builtin_ctzll(references)]));
    }
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
    case 'c': return aj_values_equal("f", a, b) && aj_values_equal("f", a + 1, b + 1);
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
    if (step == 1) return first < end ? end - first : 0;
    if (step > 0) return first < end ? (end - first - 1) / step + 1 : 0;
    return end < first ? (int64_t)((uint64_t)(first - end - 1) / (0 - (uint64_t)step)) + 1 : 0;
}
