#include "cpu.h"

#include "model.h"

typedef struct registers {
    uint32_t a, b, c, d;
} registers;

static registers cpuid(uint32_t leaf, uint32_t subleaf) {
    registers r;
    __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(subleaf));
    return r;
}

/* XCR0: which register states the operating system saves. */
static uint64_t saved_states(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

static int has(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

/* The feature sets of the x86-64 psABI's microarchitecture levels. */
enum {
    V2_LEAF1_C = 1u << 0 | 1u << 9 | 1u << 13 | 1u << 19 | 1u << 20 | 1u << 23, /* sse3 ssse3 cx16 sse4 popcnt */
    V3_LEAF1_C = 1u << 12 | 1u << 22 | 1u << 27 | 1u << 28 | 1u << 29,          /* fma movbe osxsave avx f16c */
    V3_LEAF7_B = 1u << 3 | 1u << 5 | 1u << 8,                                   /* bmi1 avx2 bmi2 */
    V3_EXTENDED_C = 1u << 5,                                                    /* lzcnt */
    AVX_STATE = 0x6,
    AVX512_STATE = 0xe6,
};
static const uint32_t V4_LEAF7_B = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31; /* avx512 f dq cd bw vl */

int32_t aj_cpu_level(void) {
    uint32_t highest = cpuid(0, 0).a;
    registers one = cpuid(1, 0);
    if (!has(one.c, V2_LEAF1_C)) return -1;
    if (highest < 7 || !has(one.c, V3_LEAF1_C) || cpuid(0x80000000u, 0).a < 0x80000001u) return AJ_LEVEL_V2;
    registers seven = cpuid(7, 0);
    if (!has(seven.b, V3_LEAF7_B) || !has(cpuid(0x80000001u, 0).c, V3_EXTENDED_C)) return AJ_LEVEL_V2;
    uint64_t states = saved_states();
    if ((states & AVX_STATE) != AVX_STATE) return AJ_LEVEL_V2;
    if (!has(seven.b, V4_LEAF7_B) || (states & AVX512_STATE) != AVX512_STATE) return AJ_LEVEL_V3;
    return AJ_LEVEL_V4;
}
