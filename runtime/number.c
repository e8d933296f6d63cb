/* A float's parts, without libm, and numbers that are to become elements. */
#include "dtype.h"
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

/* What an element type holds: ints from `least`, floats from `low`, both to `high` (aotjit/ops/bounds.py). The types
 * that are not here hold every number. */
typedef struct {
    const char *name; /* C++'s */
    double low, high, least;
} aj_range;

static const aj_range *range_of(int64_t dtype) {
    static const aj_range ranges[AJ_DTYPES] = {
        [AJ_U8] = {"uint8_t", 0, 255, -255},
        [AJ_I8] = {"int8_t", -128, 127, -128},
        [AJ_I16] = {"int16_t", -32768, 32767, -32768},
        [AJ_I32] = {"int", -0x1p31, 0x1p31 - 1, -0x1p31},
        [AJ_I64] = {"int64_t", -0x1p63, 0x1p63, -0x1p63},
        [AJ_F16] = {"c10::Half", -65504, 65504, -65504},
        [AJ_BF16] = {"c10::BFloat16", -0x1.fep127, 0x1.fep127, -0x1.fep127},
        [AJ_F32] = {"float", -0x1.fffffep127, 0x1.fffffep127, -0x1.fffffep127},
    };
    return &ranges[dtype];
}

static int32_t no_element(aj_instance *self, const aj_range *range) {
    return aj_fail(self, AJ_RUNTIME_ERROR, "value cannot be converted to type %s without overflow", range->name);
}

int32_t aj_fitting_int(aj_instance *self, int64_t value, int64_t dtype, int64_t *out) {
    const aj_range *range = range_of(dtype);
    *out = value;
    /* Ints that a double rounds are outside of every range but those that hold all ints. */
    return !range->name || ((double)value >= range->least && (double)value <= range->high) ? AJ_OK
                                                                                          : no_element(self, range);
}

int32_t aj_fitting_float(aj_instance *self, double value, int64_t dtype, double *out) {
    const aj_range *range = range_of(dtype);
    *out = value;
    if (!range->name || (value >= range->low && value <= range->high)) return AJ_OK;
    return aj_dtype_is_floating((int32_t)dtype) && value - value != 0 ? AJ_OK : no_element(self, range);
}

int32_t aj_whole_exponent(aj_instance *self, int64_t value, int64_t *out) {
    *out = value;
    if (value >= 0) return AJ_OK;
    return aj_fail(self, AJ_RUNTIME_ERROR, "Integers to negative integer powers are not allowed.");
}
