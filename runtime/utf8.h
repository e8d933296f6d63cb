/* Characters of UTF-8 text, and where they are. */
#ifndef AJ_UTF8_H
#define AJ_UTF8_H

#include "bytes.h"
#include "object.h"

static inline bool is_continuation(char c) { return ((unsigned char)c & 0xc0u) == 0x80u; }

static inline int64_t count_characters(const char *text, int64_t bytes) {
    int64_t i = 0, continuations = 0;
    while (i + 8 <= bytes && !(load8(text + i) & eight_of(0x80))) i += 8;
    for (; i < bytes; i++) continuations += is_continuation(text[i]);
    return bytes - continuations;
}

/* Byte offset of character `index`, 0 <= index <= chars. */
static inline int64_t offset_of(const aj_str *s, int64_t index) {
    if (s->chars == s->bytes) return index;
    int64_t at = 0;
    for (; index > 0; index--) {
        at++;
        while (at < s->bytes && is_continuation(s->text[at])) at++;
    }
    return at;
}

/* Byte offset of `part` in a's bytes begin..end; -1 when absent. */
static inline int64_t search(const aj_str *a, const aj_str *part, int64_t begin, int64_t end) {
    if (part->bytes == 0) return begin <= end ? begin : -1;
    int64_t behind = end - part->bytes + 1; /* where it cannot begin any more */
    for (int64_t i = begin; (i = find_byte(a->text, i, behind, *part->text)) < behind; i++) {
        if (part->bytes == 1 || same_bytes(a->text + i, part->text, part->bytes)) return i;
    }
    return -1;
}

/* The last place of `part` in a's bytes begin..end; -1 when absent. */
static inline int64_t search_back(const aj_str *a, const aj_str *part, int64_t begin, int64_t end) {
    for (int64_t i = end - part->bytes; i >= begin; i--) {
        if (same_bytes(a->text + i, part->text, part->bytes)) return i;
    }
    return -1;
}

/* Bytes of the character that starts at `at`. */
static inline int64_t character_bytes(const aj_str *s, int64_t at) {
    int64_t end = at + 1;
    while (end < s->bytes && is_continuation(s->text[end])) end++;
    return end - at;
}

static inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f); }

/* The number of the character in so many bytes. */
static inline int64_t code_point(const char *text, int64_t bytes) {
    const unsigned char *t = (const unsigned char *)text;
    if (bytes == 1) return t[0];
    if (bytes == 2) return (t[0] & 0x1f) << 6 | (t[1] & 0x3f);
    if (bytes == 3) return (t[0] & 0x0f) << 12 | (t[1] & 0x3f) << 6 | (t[2] & 0x3f);
    return (t[0] & 0x07) << 18 | (t[1] & 0x3f) << 12 | (t[2] & 0x3f) << 6 | (t[3] & 0x3f);
}

/* The same text in memory of its own, which may be written to. */
int32_t aj_str_copy(aj_instance *self, const aj_str *a, aj_str **out);
/* The str of some bytes of `a`, whole characters: itself where it is all of it, one of aj_ascii where it is such. */
int32_t aj_str_part(aj_instance *self, const aj_str *a, int64_t begin, int64_t bytes, aj_str **out);

/* The same at the end of a list of strs. */
int32_t aj_str_append_part(aj_instance *self, aj_list *list, const aj_str *a, int64_t begin, int64_t bytes);

/* The characters of `a` from `start` to `end` as torch counts them: both from the end where they are negative, -1 as an
 * end being the string's. `first` is the first one's number, which may be behind the string's end. */
typedef struct window {
    int64_t begin, end; /* in bytes */
    int64_t first, last; /* `last` is not cut to the string's length */
} window;

static inline window window_of(const aj_str *a, int64_t start, int64_t end) {
    if (start < 0) start = start + a->chars > 0 ? start + a->chars : 0;
    if (end < 0) end = end + a->chars + 1 > 0 ? end + a->chars + 1 : 0;
    int64_t from = start < a->chars ? start : a->chars, to = end < a->chars ? end : a->chars;
    return (window){offset_of(a, from), offset_of(a, to > from ? to : from), start, end};
}

#endif
