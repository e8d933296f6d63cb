#include "arena.h"
#include "libc.h"
#include "operators.h"
#include "text.h"
#include "value.h"

static bool is_continuation(char c) { return ((unsigned char)c & 0xc0u) == 0x80u; }

static int64_t count_characters(const char *text, int64_t bytes) {
    int64_t characters = 0;
    for (int64_t i = 0; i < bytes; i++) characters += !is_continuation(text[i]);
    return characters;
}

/* A str with room for `bytes`; the caller fills the text and `chars`. */
static int32_t blank(aj_instance *self, int64_t bytes, aj_str **out) {
    aj_str *s = (aj_str *)aj_arena_alloc(self, sizeof(aj_str) + (size_t)bytes + 1);
    if (!s) return AJ_MEMORY_ERROR;
    s->head = (aj_object){.refcount = 1, .kind = AJ_STR};
    s->bytes = bytes;
    s->hash = 0;
    s->text = (char *)(s + 1);
    s->text[bytes] = 0;
    *out = s;
    return AJ_OK;
}

int32_t aj_str_new(aj_instance *self, const char *text, int64_t bytes, aj_str **out) {
    int32_t status = blank(self, bytes, out);
    if (status) return status;
    if (bytes > 0) memcpy((*out)->text, text, (size_t)bytes);
    (*out)->chars = count_characters(text, bytes);
    return AJ_OK;
}

uint64_t aj_str_hash(aj_str *s) {
    if (s->hash) return s->hash;
    uint64_t hash = (uint64_t)s->bytes;
    for (int64_t i = 0; i < s->bytes; i += 8) {
        uint64_t part = 0;
        memcpy(&part, s->text + i, s->bytes - i < 8 ? (size_t)(s->bytes - i) : 8);
        hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    if (hash == 0) hash = 1;
    if (s->head.refcount >= 0) s->hash = hash; /* literals are read-only */
    return hash;
}

/* Byte offset of character `index`, 0 <= index <= chars. */
static int64_t offset_of(const aj_str *s, int64_t index) {
    if (s->chars == s->bytes) return index;
    int64_t at = 0;
    for (; index > 0; index--) {
        at++;
        while (at < s->bytes && is_continuation(s->text[at])) at++;
    }
    return at;
}

int32_t aj_str_concat(aj_instance *self, const aj_str *a, const aj_str *b, aj_str **out) {
    int32_t status = blank(self, a->bytes + b->bytes, out);
    if (status) return status;
    memcpy((*out)->text, a->text, (size_t)a->bytes);
    memcpy((*out)->text + a->bytes, b->text, (size_t)b->bytes);
    (*out)->chars = a->chars + b->chars;
    return AJ_OK;
}

int32_t aj_str_repeat(aj_instance *self, const aj_str *a, int64_t count, aj_str **out) {
    int64_t bytes;
    if (count < 0) count = 0;
    if (__builtin_mul_overflow(a->bytes, count, &bytes) || bytes > (int64_t)1 << 46) {
        return aj_fail(self, AJ_MEMORY_ERROR, "out of memory: the size of a str overflows");
    }
    int32_t status = blank(self, bytes, out);
    if (status) return status;
    for (int64_t i = 0; i < count; i++) memcpy((*out)->text + i * a->bytes, a->text, (size_t)a->bytes);
    (*out)->chars = a->chars * count;
    return AJ_OK;
}

int32_t aj_str_compare(aj_instance *self, const aj_str *a, const aj_str *b, int64_t *out) {
    (void)self;
    aj_word x = (aj_word)(uintptr_t)a, y = (aj_word)(uintptr_t)b;
    *out = aj_values_compare("s", &x, &y); /* UTF-8 sorts as its code points do */
    return AJ_OK;
}

int32_t aj_str_equal(aj_instance *self, const aj_str *a, const aj_str *b, bool *out) {
    (void)self;
    *out = a->bytes == b->bytes && memcmp(a->text, b->text, (size_t)a->bytes) == 0;
    return AJ_OK;
}

int32_t aj_str_length(aj_instance *self, const aj_str *a, int64_t *out) {
    (void)self;
    *out = a->chars;
    return AJ_OK;
}

int32_t aj_str_get(aj_instance *self, const aj_str *a, int64_t i, aj_str **out) {
    int64_t at = i < 0 ? i + a->chars : i;
    if (at < 0 || at >= a->chars) return aj_fail(self, AJ_INDEX_ERROR, "string index out of range");
    int64_t begin = offset_of(a, at), end = begin + 1;
    while (end < a->bytes && is_continuation(a->text[end])) end++;
    return aj_str_new(self, a->text + begin, end - begin, out);
}

int32_t aj_str_slice(aj_instance *self, const aj_str *a, bool has_start, int64_t start, bool has_end, int64_t end,
                     int64_t step, aj_str **out) {
    if (step == 0) return aj_fail(self, AJ_VALUE_ERROR, "slice step cannot be zero");
    int64_t count = aj_slice_bounds(a->chars, has_start, &start, has_end, end, step);
    if (step == 1) {
        int64_t begin = count ? offset_of(a, start) : 0, stop = count ? offset_of(a, start + count) : 0;
        return aj_str_new(self, a->text + begin, stop - begin, out);
    }
    aj_text text = aj_text_begin(self);
    for (int64_t i = 0; i < count; i++) {
        int64_t begin = offset_of(a, start + i * step), stop = begin + 1;
        while (stop < a->bytes && is_continuation(a->text[stop])) stop++;
        aj_text_add(&text, a->text + begin, (size_t)(stop - begin));
    }
    return aj_text_end(&text, out);
}

/* Byte offset of `part` in a's bytes begin..end; -1 when absent. */
static int64_t search(const aj_str *a, const aj_str *part, int64_t begin, int64_t end) {
    for (int64_t i = begin; i + part->bytes <= end; i++) {
        if (memcmp(a->text + i, part->text, (size_t)part->bytes) == 0) return i;
    }
    return -1;
}

int32_t aj_str_contains(aj_instance *self, const aj_str *a, const aj_str *part, bool *out) {
    (void)self;
    *out = search(a, part, 0, a->bytes) >= 0;
    return AJ_OK;
}

int32_t aj_str_find(aj_instance *self, const aj_str *a, const aj_str *part, int64_t start, int64_t end, int64_t *out) {
    (void)self;
    int64_t first = start;
    *out = -1;
    if (first > a->chars) return AJ_OK;
    int64_t count = aj_slice_bounds(a->chars, true, &first, end != -1, end, 1);
    int64_t begin = offset_of(a, first), at = search(a, part, begin, offset_of(a, first + count));
    if (at >= 0) *out = first + count_characters(a->text + begin, at - begin);
    return AJ_OK;
}

int32_t aj_str_count(aj_instance *self, const aj_str *a, const aj_str *part, int64_t *out) {
    (void)self;
    *out = part->bytes == 0 ? a->chars + 1 : 0;
    for (int64_t at = 0; part->bytes && (at = search(a, part, at, a->bytes)) >= 0; at += part->bytes) ++*out;
    return AJ_OK;
}

int32_t aj_str_startswith(aj_instance *self, const aj_str *a, const aj_str *part, bool *out) {
    (void)self;
    *out = part->bytes <= a->bytes && memcmp(a->text, part->text, (size_t)part->bytes) == 0;
    return AJ_OK;
}

int32_t aj_str_endswith(aj_instance *self, const aj_str *a, const aj_str *part, bool *out) {
    (void)self;
    *out = part->bytes <= a->bytes &&
           memcmp(a->text + a->bytes - part->bytes, part->text, (size_t)part->bytes) == 0;
    return AJ_OK;
}

static int32_t change_case(aj_instance *self, const aj_str *a, char first, char last, aj_str **out) {
    int32_t status = aj_str_new(self, a->text, a->bytes, out);
    if (status) return status;
    for (int64_t i = 0; i < a->bytes; i++) {
        char c = a->text[i];
        if (c >= first && c <= last) (*out)->text[i] = (char)(c ^ 0x20);
    }
    return AJ_OK;
}

int32_t aj_str_upper(aj_instance *self, const aj_str *a, aj_str **out) { return change_case(self, a, 'a', 'z', out); }

int32_t aj_str_lower(aj_instance *self, const aj_str *a, aj_str **out) { return change_case(self, a, 'A', 'Z', out); }

/* Bytes of the character that starts at `at`. */
static int64_t character_bytes(const aj_str *s, int64_t at) {
    int64_t end = at + 1;
    while (end < s->bytes && is_continuation(s->text[end])) end++;
    return end - at;
}

static bool has_character(const aj_str *set, const char *character, int64_t bytes) {
    for (int64_t i = 0; i + bytes <= set->bytes; i += character_bytes(set, i)) {
        if (character_bytes(set, i) == bytes && memcmp(set->text + i, character, (size_t)bytes) == 0) return true;
    }
    return false;
}

int32_t aj_str_strip(aj_instance *self, const aj_str *a, const aj_str *characters, aj_str **out) {
    int64_t begin = 0, end = a->bytes;
    while (begin < end && has_character(characters, a->text + begin, character_bytes(a, begin))) {
        begin += character_bytes(a, begin);
    }
    while (end > begin) {
        int64_t last = end - 1;
        while (last > begin && is_continuation(a->text[last])) last--;
        if (!has_character(characters, a->text + last, end - last)) break;
        end = last;
    }
    return aj_str_new(self, a->text + begin, end - begin, out);
}

int32_t aj_str_replace(aj_instance *self, const aj_str *a, const aj_str *from, const aj_str *to, aj_str **out) {
    aj_text text = aj_text_begin(self);
    int64_t done = 0;
    if (from->bytes == 0) { /* between all characters, as Python does */
        for (int64_t i = 0; i < a->bytes; i += character_bytes(a, i)) {
            aj_text_add(&text, to->text, (size_t)to->bytes);
            aj_text_add(&text, a->text + i, (size_t)character_bytes(a, i));
        }
        aj_text_add(&text, to->text, (size_t)to->bytes);
        return aj_text_end(&text, out);
    }
    for (int64_t at; (at = search(a, from, done, a->bytes)) >= 0; done = at + from->bytes) {
        aj_text_add(&text, a->text + done, (size_t)(at - done));
        aj_text_add(&text, to->text, (size_t)to->bytes);
    }
    aj_text_add(&text, a->text + done, (size_t)(a->bytes - done));
    return aj_text_end(&text, out);
}

int32_t aj_str_join(aj_instance *self, const aj_str *separator, const aj_list *parts, aj_str **out) {
    aj_text text = aj_text_begin(self);
    for (int64_t i = 0; i < parts->length; i++) {
        const aj_str *part = (const aj_str *)aj_word_pointer(parts->data[i]);
        if (i) aj_text_add(&text, separator->text, (size_t)separator->bytes);
        aj_text_add(&text, part->text, (size_t)part->bytes);
    }
    return aj_text_end(&text, out);
}

static int32_t append_piece(aj_instance *self, aj_list *list, const char *text, int64_t bytes) {
    aj_str *piece = NULL;
    int32_t status = aj_str_new(self, text, bytes, &piece);
    if (status) return status;
    aj_word word = (aj_word)(uintptr_t)piece;
    status = aj_list_append(self, list, &word);
    aj_release(self, &piece->head);
    return status;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f); }

static int32_t split_spaces(aj_instance *self, const aj_str *a, aj_list *list) {
    int64_t at = 0;
    for (;;) {
        while (at < a->bytes && is_space(a->text[at])) at++;
        int64_t begin = at;
        while (at < a->bytes && !is_space(a->text[at])) at++;
        if (begin == at) return AJ_OK;
        int32_t status = append_piece(self, list, a->text + begin, at - begin);
        if (status) return status;
    }
}

static int32_t split_at(aj_instance *self, const aj_str *a, const aj_str *separator, aj_list *list) {
    if (separator->bytes == 0) return aj_fail(self, AJ_VALUE_ERROR, "empty separator");
    int64_t done = 0;
    for (int64_t at; (at = search(a, separator, done, a->bytes)) >= 0; done = at + separator->bytes) {
        int32_t status = append_piece(self, list, a->text + done, at - done);
        if (status) return status;
    }
    return append_piece(self, list, a->text + done, a->bytes - done);
}

int32_t aj_str_split(aj_instance *self, const aj_str *a, const aj_str *separator, aj_list **out) {
    int32_t status = aj_list_new(self, 1, 1, 0, out);
    if (status) return status;
    status = separator ? split_at(self, a, separator, *out) : split_spaces(self, a, *out);
    if (status) aj_release(self, &(*out)->head);
    return status;
}

int32_t aj_str_ord(aj_instance *self, const aj_str *a, int64_t *out) {
    if (a->chars != 1) {
        return aj_fail(self, AJ_TYPE_ERROR, "ord() expected a character, but string of length %lld found",
                       (long long)a->chars);
    }
    const unsigned char *t = (const unsigned char *)a->text;
    if (a->bytes == 1) *out = t[0];
    else if (a->bytes == 2) *out = (t[0] & 0x1f) << 6 | (t[1] & 0x3f);
    else if (a->bytes == 3) *out = (t[0] & 0x0f) << 12 | (t[1] & 0x3f) << 6 | (t[2] & 0x3f);
    else *out = (t[0] & 0x07) << 18 | (t[1] & 0x3f) << 12 | (t[2] & 0x3f) << 6 | (t[3] & 0x3f);
    return AJ_OK;
}

int32_t aj_str_chr(aj_instance *self, int64_t c, aj_str **out) {
    char text[4];
    int64_t bytes;
    if (c < 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        return aj_fail(self, AJ_VALUE_ERROR, "chr() arg not in range: %lld", (long long)c);
    }
    if (c < 0x80) {
        text[0] = (char)c;
        bytes = 1;
    } else {
        bytes = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
        for (int64_t i = bytes - 1; i > 0; i--, c >>= 6) text[i] = (char)(0x80 | (c & 0x3f));
        text[0] = (char)(lead[bytes] | c);
    }
    return aj_str_new(self, text, bytes, out);
}
