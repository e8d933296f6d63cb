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

static inline void copy_bytes(char *to, const char *from, int64_t bytes) {
    if (bytes > FEW_BYTES) {
        memcpy(to, from, (size_t)bytes);
    } else if (bytes >= 8) {
        uint64_t last = load8(from + bytes - 8);
        for (int64_t i = 0; i < bytes - 8; i += 8) memcpy(to + i, from + i, 8);
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

static inline bool same_bytes(const char *a, const char *b, int64_t bytes) {
    if (bytes > FEW_BYTES) return memcmp(a, b, (size_t)bytes) == 0;
    if (bytes >= 8) {
        for (int64_t i = 0; i < bytes - 8; i += 8) {
            if (load8(a + i) != load8(b + i)) return false;
        }
        return load8(a + bytes - 8) == load8(b + bytes - 8);
    }
    if (bytes >= 4) return load4(a) == load4(b) && load4(a + bytes - 4) == load4(b + bytes - 4);
    return bytes <= 0 || (a[0] == b[0] && a[bytes / 2] == b[bytes / 2] && a[bytes - 1] == b[bytes - 1]);
}

static inline uint64_t mix_bytes(uint64_t hash, uint64_t part) {
    hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
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
