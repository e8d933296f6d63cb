/* float16 and bfloat16 by integer arithmetic: IEEE 754 round to nearest even, NaN kept quiet. */
#ifndef AJ_HALF_H
#define AJ_HALF_H

#include <stdint.h>

static inline float aj_float_of_bits(uint32_t bits) {
    union { uint32_t u; float f; } pun = {.u = bits};
    return pun.f;
}

static inline uint32_t aj_bits_of_float(float value) {
    union { float f; uint32_t u; } pun = {.f = value};
    return pun.u;
}

static inline float aj_float_of_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu;
    uint32_t fraction = half & 0x3ffu;
    if (exponent == 31) return aj_float_of_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent) return aj_float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float subnormal = (float)fraction * 0x1p-24f;
    return sign ? -subnormal : subnormal;
}

static inline uint16_t aj_half_of_float(float value) {
    uint32_t bits = aj_bits_of_float(value);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    bits &= 0x7fffffffu;
    if (bits > 0x7f800000u) return (uint16_t)(sign | 0x7e00u);
    if (bits >= 0x47800000u) return (uint16_t)(sign | 0x7c00u); /* 65536 and above */
    if (bits < 0x38800000u) {                                   /* below the least normal: the adder rounds */
        float shifted = aj_float_of_bits(bits) + 0.5f;
        return (uint16_t)(sign | (aj_bits_of_float(shifted) - 0x3f000000u));
    }
    bits += 0xfffu + (bits >> 13 & 1u) - 0x38000000u;
    return (uint16_t)(sign | bits >> 13);
}

static inline float aj_float_of_bfloat(uint16_t value) { return aj_float_of_bits((uint32_t)value << 16); }

static inline uint16_t aj_bfloat_of_float(float value) {
    uint32_t bits = aj_bits_of_float(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

#endif
