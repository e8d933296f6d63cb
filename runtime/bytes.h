/* Runs of bytes that are mostly short: the C library's functions would cost more than their work. Runs of four and more
 * are looked at in words of which the last two may overlap, so that nothing behind a run is read. */
#ifndef AJ_BYTES_H
#define AJ_BYTES_H

#include <stdbool.h>

#include "libc.h"

enum { FEW_BYTES = 64 };

static inline uint64_t load8(const char *at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

static inline uint32_t load4(const char *at) {
    uint32_t word;
    memcpy(&word, at, 4);
    return word;
}

/* At most FEW_BYTES. */
static inline void copy_few(char *to, const char *from, int64_t bytes) {
    if (bytes > 16) {
        for (int64_t i = 0; i < bytes - 16; i += 16) memcpy(to + i, from + i, 16);
        memcpy(to + bytes - 16, from + bytes - 16, 16);
    } else if (bytes >= 8) {
        uint64_t first = load8(from), last = load8(from + bytes - 8);
        memcpy(to, &first, 8);
        memcpy(to + bytes - 8, &last, 8);
    } else if (bytes >= 4) {
        uint32_t first = load4(from), last = load4(from + bytes - 4);
        memcpy(to, &first, 4);
        memcpy(to + bytes - 4, &last, 4);
    } else if (bytes > 0) {
        char first = from[0], middle = from[bytes / 2], last = from[bytes - 1];
        to[0] = first;
        to[bytes / 2] = middle;
        to[bytes - 1] = last;
    }
}

static inline void copy_bytes(char *to, const char *from, int64_t bytes) {
    if (bytes > FEW_BYTES) memcpy(to, from, (size_t)bytes);
    else copy_few(to, from, bytes);
}

/* At most FEW_BYTES. */
static inline bool same_few(const char *a, const char *b, int64_t bytes) {
    if (bytes >= 8) {
        for (int64_t i = 0; i < bytes - 8; i += 8) {
            if (load8(a + i) != load8(b + i)) return false;
        }
        return load8(a + bytes - 8) == load8(b + bytes - 8);
    }
    if (bytes >= 4) return load4(a) == load4(b) && load4(a + bytes - 4) == load4(b + bytes - 4);
    return bytes <= 0 || (a[0] == b[0] && a[bytes / 2] == b[bytes / 2] && a[bytes - 1] == b[bytes - 1]);
}

static inline bool same_bytes(const char *a, const char *b, int64_t bytes) {
    return bytes > FEW_BYTES ? memcmp(a, b, (size_t)bytes) == 0 : same_few(a, b, bytes);
}

static inline uint64_t eight_of(unsigned char byte) { return byte * (uint64_t)0x0101010101010101u; }

/* The high bit of each byte below `limit`, which is at most 128; above the lowest one others may be set too. */
static inline uint64_t bytes_below(uint64_t word, unsigned char limit) {
    return (word - eight_of(limit)) & ~word & eight_of(0x80);
}

/* The high bit of each zero byte of `word`; above the lowest one others may be set too. */
static inline uint64_t zero_bytes(uint64_t word) { return (word - eight_of(1)) & ~word & eight_of(0x80); }

/* Less than eight bytes as the lower ones of a word, zeros above. */
static inline uint64_t load_rest(const char *at, int64_t bytes) {
    if (bytes >= 4) return load4(at) | (uint64_t)load4(at + bytes - 4) << 8 * (bytes - 4);
    if (bytes <= 0) return 0;
    const unsigned char *t = (const unsigned char *)at;
    return t[0] | (uint64_t)t[bytes / 2] << 8 * (bytes / 2) | (uint64_t)t[bytes - 1] << 8 * (bytes - 1);
}

/* The first place of `c` in begin..end; `end` or more when it is not there. */
static inline int64_t find_byte(const char *text, int64_t begin, int64_t end, char c) {
    const uint64_t sought = eight_of((unsigned char)c);
    int64_t at = begin;
    for (; at + 8 <= end; at += 8) {
        uint64_t zeros = zero_bytes(load8(text + at) ^ sought);
        if (zeros) return at + (__builtin_ctzll(zeros) >> 3);
    }
    uint64_t zeros = zero_bytes(load_rest(text + at, end - at) ^ sought);
    return at >= end || !zeros ? end : at + (__builtin_ctzll(zeros) >> 3);
}

/* The first place in begin..end of a byte that `is` holds for, which it does for bytes below `limit` only; `end` when there
 * is none. */
static inline int64_t find_below(const char *text, int64_t begin, int64_t end, unsigned char limit, bool (*is)(char c)) {
    for (int64_t at = begin; at < end; at += 8) {
        int64_t left = end - at;
        uint64_t word = left >= 8 ? load8(text + at) : load_rest(text + at, left) | ~(uint64_t)0 << 8 * left;
        for (uint64_t low = bytes_below(word, limit); low; low &= low - 1) {
            int64_t found = at + (__builtin_ctzll(low) >> 3);
            if (is(text[found])) return found;
        }
    }
    return end;
}

static inline uint64_t mix_bytes(uint64_t hash, uint64_t part) {
    hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

/* hash_bytes of at most 16 bytes that are in two words, zeros behind them: what was just written is not read again. */
static inline uint64_t hash_words(uint64_t low, uint64_t high, int64_t bytes) {
    uint64_t hash = (uint64_t)bytes;
    if (bytes > 8) {
        uint64_t in_low = 8 * (uint64_t)(bytes - 8); /* bits in front of the last eight bytes, 8 to 64 */
        uint64_t last = in_low == 64 ? high : low >> in_low | high << (64 - in_low);
        hash = mix_bytes(mix_bytes(hash, low), last);
    } else if (bytes == 8) {
        hash = mix_bytes(hash, low);
    } else if (bytes >= 4) {
        hash = mix_bytes(hash, (low & 0xffffffffu) | low >> 8 * (bytes - 4) << 32);
    } else if (bytes > 0) {
        uint64_t middle = low >> 8 * (bytes / 2) & 0xff, last = low >> 8 * (bytes - 1) & 0xff;
        hash = mix_bytes(hash, (low & 0xff) | middle << 8 | last << 16);
    }
    return hash ? hash : 1;
}

/* Never 0. codegen/constants.py has it too. */
static inline uint64_t hash_bytes(const char *text, int64_t bytes) {
    uint64_t hash = (uint64_t)bytes;
    if (bytes >= 8) {
        for (int64_t i = 0; i < bytes - 8; i += 8) hash = mix_bytes(hash, load8(text + i));
        hash = mix_bytes(hash, load8(text + bytes - 8));
    } else if (bytes >= 4) {
        hash = mix_bytes(hash, load4(text) | (uint64_t)load4(text + bytes - 4) << 32);
    } else if (bytes > 0) {
        const unsigned char *t = (const unsigned char *)text;
        hash = mix_bytes(hash, t[0] | (uint64_t)t[bytes / 2] << 8 | (uint64_t)t[bytes - 1] << 16);
    }
    return hash ? hash : 1;
}

#endif
