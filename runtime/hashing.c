/* hash and id of the program. libstdc++'s std::hash of bytes: MurmurHash2's 64-bit form (A. Appleby). */
#include "bytes.h"
#include "operators.h"
#include "value.h"

static const uint64_t FACTOR = 0xc6a4a7935bd1e995u, SEED = 0xc70f6907u;

static uint64_t mixed(uint64_t word) { return word ^ word >> 47; }

static int64_t hash_of(const char *data, int64_t bytes) {
    uint64_t total = SEED ^ (uint64_t)bytes * FACTOR;
    int64_t whole = bytes & ~(int64_t)7;
    for (int64_t at = 0; at < whole; at += 8) total = (total ^ mixed(load8(data + at) * FACTOR) * FACTOR) * FACTOR;
    if (bytes > whole) {
        uint64_t rest = 0;
        for (int64_t at = bytes - 1; at >= whole; at--) rest = rest << 8 | (unsigned char)data[at];
        total = (total ^ rest) * FACTOR;
    }
    return (int64_t)mixed(mixed(total) * FACTOR);
}

int32_t aj_hash_str(aj_instance *self, const aj_str *s, int64_t *out) {
    (void)self;
    *out = hash_of(s->text, s->bytes);
    return AJ_OK;
}

int32_t aj_hash_float(aj_instance *self, double x, int64_t *out) {
    (void)self;
    aj_word word = aj_double_word(x);
    *out = x == 0 ? 0 : hash_of((const char *)&word, sizeof word);
    return AJ_OK;
}

int32_t aj_address(aj_instance *self, const aj_word *object, int64_t *out) {
    (void)self;
    *out = (int64_t)*object;
    return AJ_OK;
}
