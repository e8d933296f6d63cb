/* Characters of UTF-8 text, and where they are. */
#ifndef AJ_UTF8_H
#define AJ_UTF8_H

#include "bytes.h"
#include "object.h"

static inline bool is_continuation(char c) { return ((unsigned char)c & 0xc0u) == 0x80u; }

static inline int64_t count_characters(const char *text, int64_t bytes) {
    int64_t continuations = 0;
    for (int64_t i = 0; i < bytes; i += 8) {
        uint64_t word = bytes - i >= 8 ? load8(text + i) : load_rest(text + i, bytes - i);
        continuations += __builtin_popcountll(word >> 7 & ~word >> 6 & eight_of(1));
    }
    return bytes - continuations;
}

enum { AJ_LONG_TEXT = 128 }; /* bytes from which on the instance remembers where it was */

int64_t aj_str_offset(aj_instance *self, const aj_str *s, int64_t index);

/* Byte offset of character `index`, 0 <= index <= chars. */
static inline int64_t offset_of(aj_instance *self, const aj_str *s, int64_t index) {
    return s->chars == s->bytes ? index : aj_str_offset(self, s, index);
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

/* Some bytes of `a`, whole characters, where they stand: nobody counts this str, and `a` outlives it. */
static inline void lend_part(const aj_str *a, int64_t begin, int64_t bytes, aj_str *out) {
    char *text = a->text + begin;
    out->head = (aj_object){.refcount = -1, .kind = AJ_STR, .flags = AJ_LENT};
    out->bytes = bytes;
    out->chars = a->chars == a->bytes ? bytes : count_characters(text, bytes);
    out->text = text;
    out->hash = 0;
    out->buffer = NULL;
}

/* The str in `room` with space for so many bytes, which the caller fills; NULL where there is less. */
static inline aj_str *aj_scratch_text(aj_scratch *room, int64_t bytes, int64_t chars) {
    if (bytes >= AJ_SCRATCH_BYTES) return NULL;
    aj_str *s = &room->str;
    s->head = (aj_object){.refcount = -1, .kind = AJ_STR, .flags = AJ_LENT};
    s->bytes = bytes;
    s->chars = chars;
    s->text = room->text;
    s->hash = 0;
    s->buffer = NULL;
    s->text[bytes] = 0;
    return s;
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

static inline window window_of(aj_instance *self, const aj_str *a, int64_t start, int64_t end) {
    if (start < 0) start = start + a->chars > 0 ? start + a->chars : 0;
    if (end < 0) end = end + a->chars + 1 > 0 ? end + a->chars + 1 : 0;
    int64_t from = start < a->chars ? start : a->chars, to = end < a->chars ? end : a->chars;
    return (window){offset_of(self, a, from), offset_of(self, a, to > from ? to : from), start, end};
}

#endif
