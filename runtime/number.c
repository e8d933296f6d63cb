/* A float's parts, without libm. */
#include "operators.h"
#include "value.h"

enum { EXPONENT_BITS = 0x7ff };

static int64_t exponent_field(aj_word bits) { return (int64_t)(bits >> 52 & EXPONENT_BITS); }

/* value = *out * 2^*exponent with 0.5 <= |*out| < 1; what has no such form stays, with exponent 0. */
int32_t aj_float_frexp(aj_instance *self, double value, double *out, int64_t *exponent) {
    (void)self;
    *out = value;
    *exponent = 0;
    if (value == 0 || value - value != 0) return AJ_OK;
    int64_t scaled = 0;
    if (exponent_field(aj_double_word(value)) == 0) { /* subnormal */
        value *= 0x1p64;
        scaled = 64;
    }
    aj_word bits = aj_double_word(value);
    *exponent = exponent_field(bits) - 1022 - scaled;
    *out = aj_word_double((bits & ~((aj_word)EXPONENT_BITS << 52)) | (aj_word)1022 << 52);
    return AJ_OK;
}

/* The part behind the point and that before it, both with the value's sign. */
int32_t aj_float_modf(aj_instance *self, double value, double *fraction, double *whole) {
    (void)self;
    *whole = __builtin_trunc(value);
    double rest = value - *whole == value - *whole ? value - *whole : 0; /* of an infinity nothing is left */
    *fraction = value != value ? value : __builtin_copysign(rest, value);
    return AJ_OK;
}

static double power_of_two(int64_t exponent) { return aj_word_double((aj_word)(exponent + 1023) << 52); }

/* value * 2^exponent, rounded once: the steps down stop short of the subnormals until the last. */
int32_t aj_float_ldexp(aj_instance *self, double value, int64_t exponent, double *out) {
    (void)self;
    if (exponent > 3000) exponent = 3000;
    if (exponent < -3000) exponent = -3000;
    for (; exponent > 1023; exponent -= 1023) value *= 0x1p1023;
    for (; exponent < -1022; exponent += 969) value *= 0x1p-1022 * 0x1p53;
    *out = value * power_of_two(exponent);
    return AJ_OK;
}
