/* Exact argument reduction for the vector functions of generated code: what their fast paths leave over. */
#include "reduce.h"

/* 2/pi after the point, most significant word first, behind one word of zeros. */
static const uint64_t two_over_pi[] = {
    0,
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
};

static uint64_t bits_of(double x) {
    uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The quadrant (0 to 3) and remainder of one finite x of at least 2**-30 (Payne and Hanek). */
static void reduce(double x, double *quadrant, double *high, double *low) {
    uint64_t bits = bits_of(x);
    uint64_t mantissa = (bits & 0xfffffffffffffu) | 0x10000000000000u;
    int32_t exponent = (int32_t)(bits >> 52 & 0x7ff) - 1075;
    /* The bits of 2/pi whose product with the mantissa is below 4: those before have an integer multiple of 4. */
    uint32_t start = (uint32_t)(exponent - 2 + 64);
    const uint64_t *word = two_over_pi + start / 64;
    uint32_t shift = start % 64;
    uint64_t window[3];
    for (int i = 0; i < 3; i++)
        window[i] = shift == 0 ? word[i] : word[i] << shift | word[i + 1] >> (64 - shift);
    unsigned __int128 sum = (unsigned __int128)(mantissa * window[0]) << 64;
    sum += (unsigned __int128)mantissa * window[1];
    sum += ((unsigned __int128)mantissa * window[2]) >> 64;
    /* sum / 2**126 is the angle in quadrants; round it to the nearest. */
    uint64_t whole = (uint64_t)(sum >> 126);
    unsigned __int128 fraction = sum << 2;
    bool negative = fraction >> 127;
    if (negative) {
        whole++;
        fraction = -fraction;
    }
    uint64_t upper = (uint64_t)(fraction >> 64), lower = (uint64_t)fraction;
    int32_t scale = -64;
    if (upper == 0) {
        upper = lower;
        lower = 0;
        scale -= 64;
    }
    if (upper != 0) {
        int lead = __builtin_clzll(upper);
        if (lead != 0) upper = upper << lead | lower >> (64 - lead);
        scale -= lead;
    }
    long double angle = (long double)upper * 1.57079632679489661923132169163975144L;
    for (; scale <= -64; scale += 64) angle *= 0x1p-64L;
    for (; scale < 0; scale++) angle *= 0.5L;
    if ((bits >> 63 != 0) != negative) angle = -angle;
    *high = (double)angle;
    *low = (double)(angle - (long double)*high);
    *quadrant = (double)(bits >> 63 ? (4 - whole) & 3 : whole & 3);
}

void aj_reduce_half_pi(const double *x, double *quadrant, double *high, double *low, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        uint64_t magnitude = bits_of(x[i]) << 1 >> 1;
        if (magnitude >= 0x7ff0000000000000u) {
            quadrant[i] = 0;
            high[i] = low[i] = x[i] - x[i];
        } else if (magnitude < 0x3fe921fb54442d18u) { /* below pi/4 */
            quadrant[i] = 0;
            high[i] = x[i];
            low[i] = 0;
        } else {
            reduce(x[i], quadrant + i, high + i, low + i);
        }
    }
}

static double remainder_of(double x, double y) {
    uint64_t a = bits_of(x), b = bits_of(y);
    uint64_t sign = a & 1ull << 63;
    a ^= sign;
    b = b << 1 >> 1;
    if (b == 0 || a >= 0x7ff0000000000000u || b > 0x7ff0000000000000u) return (x * y) / (x * y);
    if (a < b) return x;
    int32_t a_exponent = (int32_t)(a >> 52), b_exponent = (int32_t)(b >> 52);
    a &= 0xfffffffffffffu;
    b &= 0xfffffffffffffu;
    if (a_exponent == 0) a_exponent = 1; else a |= 1ull << 52;
    if (b_exponent == 0) b_exponent = 1; else b |= 1ull << 52;
    a %= b;
    for (int32_t step; a_exponent > b_exponent; a_exponent -= step) {
        step = a_exponent - b_exponent < 11 ? a_exponent - b_exponent : 11;
        a = (a << step) % b;
    }
    if (a == 0) return sign ? -0.0 : 0.0;
    /* The bits of a * 2**(b_exponent - 1075): normalised, or subnormal where the exponent ends at 1. */
    int32_t lead = __builtin_clzll(a) - 11;
    if (lead >= b_exponent) lead = b_exponent - 1;
    a <<= lead;
    uint64_t exponent = a >> 52 ? (uint64_t)(b_exponent - lead) : 0;
    a = sign | exponent << 52 | (a & 0xfffffffffffffu);
    double result;
    __builtin_memcpy(&result, &a, sizeof result);
    return result;
}

void aj_fmod(const double *x, const double *y, double *out, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = remainder_of(x[i], y[i]);
}
