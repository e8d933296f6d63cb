/* Taking characters away from the ends of a text. */
#include "operators.h"
#include "utf8.h"

static bool has_character(const aj_str *set, const char *character, int64_t bytes) {
    for (int64_t i = 0; i + bytes <= set->bytes; i += character_bytes(set, i)) {
        if (set->text[i] != *character) continue;
        if (character_bytes(set, i) == bytes && memcmp(set->text + i, character, (size_t)bytes) == 0) return true;
    }
    return false;
}

/* The ASCII characters of a str, a bit each. */
typedef struct ascii_set {
    uint64_t bits[2];
} ascii_set;

static ascii_set ascii_of(const aj_str *characters) {
    ascii_set set = {{0, 0}};
    for (int64_t i = 0; i < characters->bytes; i++) {
        unsigned char c = (unsigned char)characters->text[i];
        if (c < 128) set.bits[c >> 6] |= (uint64_t)1 << (c & 63u);
    }
    return set;
}

static inline bool has_ascii(const ascii_set *set, char character) {
    unsigned char c = (unsigned char)character;
    return c < 128 && set->bits[c >> 6] >> (c & 63u) & 1u;
}

static bool is_in(const ascii_set *set, const aj_str *characters, const char *character, int64_t bytes) {
    return bytes == 1 ? has_ascii(set, *character) : has_character(characters, character, bytes);
}

/* Up to eight characters as the bytes of a word, some of them more than once if there are fewer. */
static inline uint64_t bytes_of_few(const char *text, int64_t bytes) {
    if (bytes >= 4) return load4(text) | (uint64_t)load4(text + bytes - 4) << 32;
    uint64_t first = (unsigned char)text[0], middle = (unsigned char)text[bytes / 2];
    uint64_t half = first | middle << 8 | (uint64_t)(unsigned char)text[bytes - 1] << 16 | first << 24;
    return half | half << 32;
}

static inline bool has_few(uint64_t few, char c) { return zero_bytes(few ^ eight_of((unsigned char)c)) != 0; }

/* What is in front of `*begin` and behind `*end` goes away. */
static void strip_any(const aj_str *a, const aj_str *characters, bool left, bool right, int64_t *begin, int64_t *end) {
    const ascii_set set = ascii_of(characters);
    while (left && *begin < *end && is_in(&set, characters, a->text + *begin, character_bytes(a, *begin))) {
        *begin += character_bytes(a, *begin);
    }
    while (right && *end > *begin) {
        int64_t last = *end - 1;
        while (last > *begin && is_continuation(a->text[last])) last--;
        if (!is_in(&set, characters, a->text + last, *end - last)) break;
        *end = last;
    }
}

typedef struct part {
    int64_t begin, bytes;
} part;

static inline part stripped(const aj_str *a, const aj_str *characters, bool left, bool right) {
    int64_t begin = 0, end = a->bytes;
    if (a->chars == a->bytes && characters->bytes > 0 && characters->bytes <= 8) {
        uint64_t few = bytes_of_few(characters->text, characters->bytes);
        while (left && begin < end && has_few(few, a->text[begin])) begin++;
        while (right && end > begin && has_few(few, a->text[end - 1])) end--;
    } else {
        strip_any(a, characters, left, right, &begin, &end);
    }
    return (part){begin, end - begin};
}

#define STRIP(name, left, right)                                                                                        \
    int32_t aj_str_##name(aj_instance *self, const aj_str *a, const aj_str *characters, aj_str **out) {                 \
        part p = stripped(a, characters, left, right);                                                                  \
        return aj_str_part(self, a, p.begin, p.bytes, out);                                                             \
    }                                                                                                                   \
    int32_t aj_str_##name##_lent(aj_instance *self, const aj_str *a, const aj_str *characters, aj_str *out) {           \
        (void)self;                                                                                                     \
        part p = stripped(a, characters, left, right);                                                                  \
        lend_part(a, p.begin, p.bytes, out);                                                                            \
        return AJ_OK;                                                                                                   \
    }
STRIP(strip, true, true)
STRIP(lstrip, true, false)
STRIP(rstrip, false, true)
