#include "arena.h"
#include "bytes.h"
#include "operators.h"
#include "text.h"
#include "utf8.h"
#include "value.h"

/* A str with room for `bytes` in a block for it; the caller fills the text and `chars`. */
static inline aj_str *set_up(void *block, int64_t bytes) {
    aj_str *s = (aj_str *)block;
    s->head = (aj_object){.refcount = 1, .kind = AJ_STR};
    s->bytes = bytes;
    s->hash = 0;
    s->buffer = NULL;
    s->text = (char *)(s + 1);
    s->text[bytes] = 0;
    return s;
}

static int32_t blank(aj_instance *self, int64_t bytes, aj_str **out) {
    void *block = aj_arena_alloc(self, sizeof(aj_str) + (size_t)bytes + 1);
    if (!block) return AJ_MEMORY_ERROR;
    *out = set_up(block, bytes);
    return AJ_OK;
}

int32_t aj_str_new(aj_instance *self, const char *text, int64_t bytes, aj_str **out) {
    int32_t status = blank(self, bytes, out);
    if (status) return status;
    copy_bytes((*out)->text, text, bytes);
    (*out)->chars = count_characters(text, bytes);
    return AJ_OK;
}

int32_t aj_str_copy(aj_instance *self, const aj_str *a, aj_str **out) {
    int32_t status = blank(self, a->bytes, out);
    if (status) return status;
    copy_bytes((*out)->text, a->text, a->bytes);
    (*out)->chars = a->chars;
    return AJ_OK;
}

uint64_t aj_str_hash(aj_str *s) {
    if (s->hash) return s->hash;
    uint64_t hash = hash_bytes(s->text, s->bytes);
    if (aj_str_keeps_hash(s)) s->hash = hash;
    return hash;
}

/* -- parts of a str ----------------------------------------------------------------------------------------------- */

#define MIXED(hash) ((hash) ^ (hash) >> 32)
#define HASH_OF(c) MIXED((1u ^ (c) * (uint64_t)0x10101) * 0x9e3779b97f4a7c15u)
#define ONE(c)                                                                                                         \
    {{.head = {.refcount = -1, .kind = AJ_STR}, .bytes = 1, .chars = 1, .text = (char *)(uintptr_t)aj_ascii[c].text,   \
      .hash = HASH_OF(c)}, {c, 0}}
#define FOUR(c) ONE(c), ONE(c + 1), ONE(c + 2), ONE(c + 3)
#define SIXTEEN(c) FOUR(c), FOUR(c + 4), FOUR(c + 8), FOUR(c + 12)
const aj_character aj_ascii[128] = {SIXTEEN(0),  SIXTEEN(16), SIXTEEN(32), SIXTEEN(48),
                                    SIXTEEN(64), SIXTEEN(80), SIXTEEN(96), SIXTEEN(112)};

/* `a` once more: another reference, or a copy of what nobody counts, which may be on a caller's stack. */
static int32_t again(aj_instance *self, const aj_str *a, aj_str **out) {
    if (a->head.refcount < 0) return aj_str_copy(self, a, out);
    *out = (aj_str *)(uintptr_t)a;
    (*out)->head.refcount++;
    return AJ_OK;
}

static __attribute__((noinline)) int32_t long_part(aj_instance *self, const aj_str *a, const char *text, int64_t bytes,
                                                   aj_str **out) {
    int32_t status = blank(self, bytes, out);
    if (status) return status;
    copy_bytes((*out)->text, text, bytes);
    (*out)->chars = a->chars == a->bytes ? bytes : count_characters(text, bytes);
    return AJ_OK;
}

/* Short parts of texts of ASCII call nothing while there is memory for them. */
int32_t aj_str_part(aj_instance *self, const aj_str *a, int64_t begin, int64_t bytes, aj_str **out) {
    const char *text = a->text + begin;
    if (bytes == 1 && (unsigned char)*text < 128) {
        *out = (aj_str *)(uintptr_t)&aj_ascii[(unsigned char)*text].str;
        return AJ_OK;
    }
    if (bytes == a->bytes) return again(self, a, out);
    if (bytes > FEW_BYTES || a->chars != a->bytes) return long_part(self, a, text, bytes, out);
    uint32_t size_class = (uint32_t)((sizeof(aj_str) + (size_t)bytes) >> 6); /* aj_size_class, of few */
    if (!aj_arena_has(self, size_class)) return long_part(self, a, text, bytes, out);
    aj_str *s = set_up(aj_arena_take(self, size_class), bytes);
    copy_few(s->text, text, bytes);
    s->chars = bytes;
    *out = s;
    return AJ_OK;
}

/* -- building text ------------------------------------------------------------------------------------------------
 * A long result of + stands in a buffer with room behind it. Where its text ends at what is used of the buffer, the
 * next + only adds to it: the old str is the beginning of the new one. So `s += x` in a loop takes linear time. */

enum { SHARED_BYTES = 256 };

typedef struct aj_text_buffer {
    int64_t references;
    int64_t capacity, used;
    char data[];
} aj_text_buffer;

static int32_t add_to_buffer(aj_instance *self, aj_text_buffer *buffer, const char *text, const aj_str *a,
                             const aj_str *b, aj_str **out) {
    aj_str *s = (aj_str *)aj_arena_alloc(self, sizeof(aj_str));
    if (!s) return AJ_MEMORY_ERROR;
    copy_bytes(buffer->data + buffer->used, b->text, b->bytes);
    buffer->used += b->bytes;
    buffer->references++;
    *s = (aj_str){.head = {.refcount = 1, .kind = AJ_STR}, .bytes = a->bytes + b->bytes, .chars = a->chars + b->chars,
                  .text = (char *)(uintptr_t)text, .buffer = buffer};
    *out = s;
    return AJ_OK;
}

/* Does the buffer of `a` have room for `bytes` directly behind it? */
static bool has_room(const aj_str *a, int64_t bytes) {
    const aj_text_buffer *buffer = a->buffer;
    return buffer && a->text + a->bytes == buffer->data + buffer->used && buffer->capacity - buffer->used >= bytes;
}

static int32_t concat_long(aj_instance *self, const aj_str *a, const aj_str *b, aj_str **out) {
    aj_text_buffer *buffer = a->buffer;
    if (has_room(a, b->bytes)) return add_to_buffer(self, buffer, a->text, a, b, out);
    int64_t capacity = 2 * (a->bytes + b->bytes);
    buffer = (aj_text_buffer *)aj_arena_alloc(self, sizeof(aj_text_buffer) + (size_t)capacity);
    if (!buffer) return AJ_MEMORY_ERROR;
    *buffer = (aj_text_buffer){.capacity = capacity, .used = a->bytes};
    memcpy(buffer->data, a->text, (size_t)a->bytes);
    int32_t status = add_to_buffer(self, buffer, buffer->data, a, b, out);
    if (status) aj_arena_free(self, buffer, sizeof(aj_text_buffer) + (size_t)capacity);
    return status;
}

void aj_destroy_str(aj_instance *self, aj_object *object) {
    aj_str *s = (aj_str *)object;
    aj_text_buffer *buffer = s->buffer;
    void *memory = s;
    size_t bytes = sizeof(aj_str) + (buffer ? 0 : (size_t)s->bytes + 1);
    if (s->bytes >= AJ_LONG_TEXT) self->cursor.text = NULL; /* it may be in this text */
    if (buffer && --buffer->references == 0) {
        aj_arena_free(self, s, sizeof(aj_str));
        memory = buffer;
        bytes = sizeof(aj_text_buffer) + (size_t)buffer->capacity;
    }
    aj_arena_free(self, memory, bytes);
}

int32_t aj_str_concat(aj_instance *self, const aj_str *a, const aj_str *b, aj_str **out) {
    if (b->bytes == 0) return again(self, a, out);
    if (a->bytes >= SHARED_BYTES) return concat_long(self, a, b, out);
    int32_t status = blank(self, a->bytes + b->bytes, out);
    if (status) return status;
    copy_bytes((*out)->text, a->text, a->bytes);
    copy_bytes((*out)->text + a->bytes, b->text, b->bytes);
    (*out)->chars = a->chars + b->chars;
    return AJ_OK;
}

/* Room behind the text of `a` in its own block? */
static bool fits_block(const aj_str *a, int64_t bytes) {
    size_t held = sizeof(aj_str) + (size_t)a->bytes + 1;
    return !a->buffer && a->bytes + bytes < SHARED_BYTES && held + (size_t)bytes <= aj_class_bytes(aj_size_class(held));
}

int32_t aj_str_extend(aj_instance *self, aj_str *a, const aj_str *b, aj_str **out) {
    bool roomy = a->head.refcount == 1 && (has_room(a, b->bytes) || fits_block(a, b->bytes));
    if (!roomy) {
        int32_t status = aj_str_concat(self, a, b, out);
        if (status == AJ_OK) aj_release(self, &a->head);
        return status;
    }
    copy_bytes(a->text + a->bytes, b->text, b->bytes);
    a->bytes += b->bytes;
    a->chars += b->chars;
    a->hash = 0;
    if (a->buffer) a->buffer->used += b->bytes;
    else a->text[a->bytes] = 0;
    *out = a;
    return AJ_OK;
}

int32_t aj_str_concat_lent(aj_instance *self, const aj_str *a, const aj_str *b, aj_scratch *room, aj_str **out) {
    aj_str *s = aj_scratch_text(room, a->bytes + b->bytes, a->chars + b->chars);
    if (!s) return aj_str_concat(self, a, b, out);
    *out = s;
    if (a->bytes > 0 && a->bytes < 8 && b->bytes <= 8) {
        uint64_t first = load_rest(a->text, a->bytes), bits = 8 * (uint64_t)a->bytes;
        uint64_t second = b->bytes == 8 ? load8(b->text) : load_rest(b->text, b->bytes);
        uint64_t low = first | second << bits, high = second >> (64 - bits);
        memcpy(s->text, &low, 8); /* with the NUL: the room has that much */
        memcpy(s->text + 8, &high, 8);
        s->hash = hash_words(low, high, s->bytes);
        return AJ_OK;
    }
    copy_bytes(s->text, a->text, a->bytes);
    copy_bytes(s->text + a->bytes, b->text, b->bytes);
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
    *out = a->bytes == b->bytes && same_bytes(a->text, b->text, a->bytes);
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
    int64_t begin = offset_of(self, a, at);
    return aj_str_part(self, a, begin, character_bytes(a, begin), out);
}

int64_t aj_str_code_at(aj_instance *self, const aj_str *a, int64_t i) {
    int64_t begin = offset_of(self, a, i);
    return code_point(a->text + begin, character_bytes(a, begin));
}

/* An end of a slice, counted from the text's end where it is negative. */
static inline int64_t cut(int64_t at, int64_t length) {
    if (at < 0) at += length;
    return at < 0 ? 0 : at < length ? at : length;
}

/* Of the characters from `start` to `end` the first byte; `*bytes` is how many there are. */
static inline int64_t part_between(aj_instance *self, const aj_str *a, bool has_start, int64_t start, bool has_end, int64_t end,
                                   int64_t *bytes) {
    int64_t first = has_start ? cut(start, a->chars) : 0, last = has_end ? cut(end, a->chars) : a->chars;
    int64_t begin = first < last ? offset_of(self, a, first) : 0, stop = first < last ? offset_of(self, a, last) : 0;
    *bytes = stop - begin;
    return begin;
}

int32_t aj_str_slice_lent(aj_instance *self, const aj_str *a, bool has_start, int64_t start, bool has_end, int64_t end,
                          int64_t step, aj_str *out) {
    (void)step; /* 1 */
    int64_t bytes, begin = part_between(self, a, has_start, start, has_end, end, &bytes);
    lend_part(a, begin, bytes, out);
    return AJ_OK;
}

int32_t aj_str_slice(aj_instance *self, const aj_str *a, bool has_start, int64_t start, bool has_end, int64_t end,
                     int64_t step, aj_str **out) {
    if (step == 1) {
        int64_t bytes, begin = part_between(self, a, has_start, start, has_end, end, &bytes);
        return aj_str_part(self, a, begin, bytes, out);
    }
    if (step == 0) return aj_fail(self, AJ_VALUE_ERROR, "slice step cannot be zero");
    int64_t count = aj_slice_bounds(a->chars, has_start, &start, has_end, end, step);
    aj_text text = aj_text_begin(self);
    for (int64_t i = 0; i < count; i++) {
        int64_t begin = offset_of(self, a, start + i * step), stop = begin + 1;
        while (stop < a->bytes && is_continuation(a->text[stop])) stop++;
        aj_text_add(&text, a->text + begin, (size_t)(stop - begin));
    }
    return aj_text_end(&text, out);
}

int32_t aj_str_contains(aj_instance *self, const aj_str *a, const aj_str *part, bool *out) {
    (void)self;
    *out = search(a, part, 0, a->bytes) >= 0;
    return AJ_OK;
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

int32_t aj_str_ord(aj_instance *self, const aj_str *a, int64_t *out) {
    if (a->chars != 1) {
        return aj_fail(self, AJ_TYPE_ERROR, "ord() expected a character, but string of length %lld found",
                       (long long)a->chars);
    }
    *out = code_point(a->text, a->bytes);
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
