/* Doubles in decimal, exactly: Steele and White's digit generation with Dragon4's fixed-point scaling (Steele & White,
 * "How to print floating-point numbers accurately", PLDI 1990), on integers of up to 2560 bits. */
#include "libc.h"
#include "text.h"

enum { LIMBS = 80, MAX_DIGITS = 360, READ_DIGITS = 40 };

typedef struct big {
    int32_t count; /* limbs in use; the highest is not 0 */
    uint32_t limb[LIMBS];
} big;

typedef struct decimal {
    int32_t count;           /* digits           */
    int32_t point;           /* value = 0.ddd * 10^point */
    char digit[MAX_DIGITS];  /* 0..9             */
} decimal;

static void big_set(big *b, uint64_t value) {
    b->limb[0] = (uint32_t)value;
    b->limb[1] = (uint32_t)(value >> 32);
    b->count = b->limb[1] ? 2 : b->limb[0] ? 1 : 0;
}

static void big_multiply(big *b, uint32_t factor) {
    uint64_t carry = 0;
    for (int32_t i = 0; i < b->count; i++) {
        carry += (uint64_t)b->limb[i] * factor;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry && b->count < LIMBS) b->limb[b->count++] = (uint32_t)carry;
}

static void big_power10(big *b, int32_t power) {
    for (; power >= 9; power -= 9) big_multiply(b, 1000000000u);
    for (; power > 0; power--) big_multiply(b, 10u);
}

static void big_shift(big *b, int32_t bits) {
    int32_t limbs = bits / 32;
    if (b->count == 0) return;
    if (limbs) {
        memmove(b->limb + limbs, b->limb, (size_t)b->count * sizeof(uint32_t));
        memset(b->limb, 0, (size_t)limbs * sizeof(uint32_t));
        b->count += limbs;
    }
    if (bits % 32) big_multiply(b, 1u << (bits % 32));
}

static int big_compare(const big *a, const big *b) {
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    for (int32_t i = a->count - 1; i >= 0; i--) {
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    }
    return 0;
}

/* a + b compared with c. */
static int big_compare_sum(const big *a, const big *b, const big *c) {
    big sum = *a;
    uint64_t carry = 0;
    int32_t most = a->count > b->count ? a->count : b->count;
    for (int32_t i = 0; i < most; i++) {
        carry += (uint64_t)(i < a->count ? a->limb[i] : 0) + (i < b->count ? b->limb[i] : 0);
        sum.limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    sum.count = most;
    if (carry && most < LIMBS) sum.limb[sum.count++] = (uint32_t)carry;
    return big_compare(&sum, c);
}

static void big_subtract(big *a, const big *b) {
    int64_t borrow = 0;
    for (int32_t i = 0; i < a->count; i++) {
        borrow += (int64_t)a->limb[i] - (i < b->count ? b->limb[i] : 0);
        a->limb[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    while (a->count && a->limb[a->count - 1] == 0) a->count--;
}

/* The quotient of r / s, which is below 10, leaving the remainder in r. */
static char big_digit(big *r, const big *s) {
    char digit = 0;
    for (; big_compare(r, s) >= 0; digit++) big_subtract(r, s);
    return digit;
}

typedef struct binary {
    uint64_t fraction;
    int32_t exponent; /* value = fraction * 2^exponent */
    bool boundary;    /* the next smaller double is half as far as the next larger */
} binary;

static uint64_t bits_of(double value) {
    union { double f; uint64_t u; } pun = {.f = value};
    return pun.u;
}

static binary decode(double value) {
    uint64_t bits = bits_of(value), fraction = bits & 0xfffffffffffffull;
    int32_t biased = (int32_t)(bits >> 52 & 0x7ff);
    if (biased == 0) return (binary){fraction, -1074, false};
    return (binary){fraction | 1ull << 52, biased - 1075, fraction == 0 && biased > 1};
}

/* A lower bound of the decimal point's place, at most 1 too low. */
static int32_t estimate_point(binary v) {
    int32_t bit_length = 64 - __builtin_clzll(v.fraction) + v.exponent;
    double place = (bit_length - 1) * 0.30102999566398120 - 1e-10;
    int32_t floor = (int32_t)place;
    return floor > place ? floor : floor + (place > 0 && place != floor ? 1 : 0);
}

/* r/s = value / 10^point, with value < 10^point. Multiplies `margins` along. Returns point. */
static int32_t scale(big *r, big *s, big *low, big *high, binary v, bool closed) {
    int32_t point = estimate_point(v);
    if (point >= 0) {
        big_power10(s, point);
    } else {
        big_power10(r, -point);
        if (low) big_power10(low, -point);
        if (high) big_power10(high, -point);
    }
    for (;;) {
        int order = high ? big_compare_sum(r, high, s) : big_compare(r, s);
        if (order < 0 || (order == 0 && high && !closed)) return point;
        big_multiply(s, 10);
        point++;
    }
}

static void shortest_digits(double value, decimal *out) {
    binary v = decode(value);
    bool even = (v.fraction & 1) == 0;
    big r, s, low, high;
    int32_t extra = v.boundary ? 2 : 1;
    big_set(&r, v.fraction);
    big_set(&s, 1);
    big_set(&low, 1);
    big_set(&high, v.boundary ? 2 : 1);
    int32_t up = v.exponent > 0 ? v.exponent : 0, down = v.exponent < 0 ? -v.exponent : 0;
    big_shift(&r, up + extra);
    big_shift(&s, down + extra);
    big_shift(&low, up);
    big_shift(&high, up);
    out->point = scale(&r, &s, &low, &high, v, even);
    for (out->count = 0;;) {
        big_multiply(&r, 10);
        big_multiply(&low, 10);
        big_multiply(&high, 10);
        char digit = big_digit(&r, &s);
        int below = big_compare(&r, &low), above = big_compare_sum(&r, &high, &s);
        bool stop_low = even ? below <= 0 : below < 0, stop_high = even ? above >= 0 : above > 0;
        if (stop_low || stop_high) {
            int half = big_compare_sum(&r, &r, &s);
            bool round_up = stop_high && (!stop_low || half > 0 || (half == 0 && (digit & 1)));
            out->digit[out->count++] = (char)(digit + (round_up ? 1 : 0));
            return;
        }
        out->digit[out->count++] = digit;
    }
}

/* The value rounded half to even at `places` digits after the point, or at `places` significant digits. */
static void rounded_digits(double value, bool significant, int32_t places, decimal *out) {
    binary v = decode(value);
    big r, s;
    big_set(&r, v.fraction);
    big_set(&s, 1);
    big_shift(&r, v.exponent > 0 ? v.exponent : 0);
    big_shift(&s, v.exponent < 0 ? -v.exponent : 0);
    out->point = scale(&r, &s, NULL, NULL, v, false);
    int32_t wanted = significant ? places : places + out->point;
    out->count = 0;
    for (int32_t i = 0; i < wanted; i++) {
        big_multiply(&r, 10);
        out->digit[out->count++] = big_digit(&r, &s);
    }
    if (wanted < 0) return; /* far below the last place: zero */
    int half = big_compare_sum(&r, &r, &s);
    bool odd = out->count > 0 && (out->digit[out->count - 1] & 1);
    if (half < 0 || (half == 0 && !odd)) return;
    int32_t i = out->count - 1;
    for (; i >= 0 && out->digit[i] == 9; i--) out->digit[i] = 0;
    if (i >= 0) {
        out->digit[i]++;
        return;
    }
    memmove(out->digit + 1, out->digit, (size_t)out->count);
    out->digit[0] = 1;
    out->point++;
    if (!significant) out->count++;
}

/* The digits of a value that has no more than `most` of them, as most numbers that people write do: no big numbers are
 * needed where numerator and power of ten fit into a word. Other decimals of up to 15 digits are other doubles, so that
 * these are the shortest digits too. */
static bool exact_digits(double value, int32_t most, decimal *out) {
    binary v = decode(value);
    int32_t zeros = __builtin_ctzll(v.fraction);
    uint64_t digits = v.fraction >> zeros;
    int32_t exponent = v.exponent + zeros, places = exponent < 0 ? -exponent : 0;
    if (exponent > __builtin_clzll(digits) || places > 27) return false;
    if (exponent > 0) digits <<= exponent;
    for (int32_t i = 0; i < places; i++) {
        if (__builtin_mul_overflow(digits, (uint64_t)5, &digits)) return false;
    }
    if (digits > INT64_MAX) return false;
    char text[24];
    out->count = (int32_t)aj_write_int(text, (int64_t)digits);
    for (; text[out->count - 1] == '0'; places--) out->count--;
    if (out->count > most) return false;
    for (int32_t i = 0; i < out->count; i++) out->digit[i] = (char)(text[i] - '0');
    out->point = out->count - places;
    return true;
}

/* Sign, and the whole text of zero's and the specials' sign; returns the bytes written. */
static size_t write_special(char *out, double value, bool *done) {
    size_t bytes = 0;
    uint64_t bits = bits_of(value);
    *done = (bits << 1) >= 0xffe0000000000000ull;
    if (bits >> 63) out[bytes++] = '-'; /* of a NaN too, as C's printf has it */
    if (*done) {
        memcpy(out + bytes, value != value ? "nan" : "inf", 3);
        bytes += 3;
    }
    return bytes;
}

static double magnitude(double value) { return value < 0 ? -value : value; }

static char digit_at(const decimal *d, int32_t i) { return (char)('0' + (i >= 0 && i < d->count ? d->digit[i] : 0)); }

/* ddd.ddd with `decimals` places. */
static size_t write_positional(char *out, const decimal *d, int32_t decimals) {
    size_t bytes = 0;
    if (d->point <= 0) out[bytes++] = '0';
    for (int32_t i = 0; i < d->point; i++) out[bytes++] = digit_at(d, i);
    if (decimals > 0) out[bytes++] = '.';
    for (int32_t i = 0; i < decimals; i++) out[bytes++] = digit_at(d, d->point + i);
    return bytes;
}

/* d.ddde+XX with `decimals` places. */
static size_t write_exponent(char *out, const decimal *d, int32_t decimals) {
    size_t bytes = 0;
    int32_t exponent = d->count ? d->point - 1 : 0;
    out[bytes++] = digit_at(d, 0);
    if (decimals > 0) out[bytes++] = '.';
    for (int32_t i = 1; i <= decimals; i++) out[bytes++] = digit_at(d, i);
    out[bytes++] = 'e';
    out[bytes++] = exponent < 0 ? '-' : '+';
    if (exponent < 0) exponent = -exponent;
    if (exponent < 10) out[bytes++] = '0';
    return bytes + aj_write_int(out + bytes, exponent);
}

size_t aj_write_fixed(char *out, double value, int decimals) {
    bool done;
    size_t bytes = write_special(out, value, &done);
    if (done) return bytes;
    decimal d = {.count = 0, .point = 0};
    if (value != 0 && !(exact_digits(value, 17, &d) && d.count - d.point <= decimals)) {
        rounded_digits(magnitude(value), false, decimals, &d);
    }
    if (d.count == 0) d.point = 0;
    return bytes + write_positional(out + bytes, &d, decimals);
}

size_t aj_write_scientific(char *out, double value, int decimals) {
    bool done;
    size_t bytes = write_special(out, value, &done);
    if (done) return bytes;
    decimal d = {.count = 0, .point = 0};
    if (value != 0) rounded_digits(magnitude(value), true, decimals + 1, &d);
    return bytes + write_exponent(out + bytes, &d, decimals);
}

/* The digits without trailing zeros: positional when -4 <= exponent < limit. */
static size_t write_either(char *out, decimal *d, int32_t limit) {
    while (d->count > 1 && d->digit[d->count - 1] == 0) d->count--;
    if (d->count == 0) d->point = 1;
    int32_t exponent = d->point - 1;
    if (exponent < -4 || exponent >= limit) return write_exponent(out, d, d->count - 1);
    return write_positional(out, d, d->count > d->point ? d->count - d->point : 0);
}

size_t aj_write_general(char *out, double value, int precision) {
    bool done;
    size_t bytes = write_special(out, value, &done);
    if (done) return bytes;
    decimal d = {.count = 0, .point = 1};
    if (value != 0 && !exact_digits(value, precision, &d)) rounded_digits(magnitude(value), true, precision, &d);
    return bytes + write_either(out + bytes, &d, precision);
}

size_t aj_write_shortest(char *out, double value) {
    bool done;
    size_t bytes = write_special(out, value, &done);
    if (done) return bytes;
    decimal d = {.count = 0, .point = 1};
    if (value != 0 && !exact_digits(value, 15, &d)) shortest_digits(magnitude(value), &d);
    return bytes + write_either(out + bytes, &d, 16);
}

/* Compares 0.digits * 10^point with the number halfway between v and the next double. */
static int compare_with_halfway(const char *digits, int32_t count, int32_t point, binary v) {
    big left, right;
    big_set(&left, 0);
    for (int32_t i = 0; i < count; i++) {
        big_multiply(&left, 10);
        if (left.count == 0) {
            big_set(&left, (uint64_t)digits[i]);
            continue;
        }
        uint64_t carry = (uint64_t)digits[i];
        for (int32_t k = 0; carry && k < left.count; k++) {
            carry += left.limb[k];
            left.limb[k] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry && left.count < LIMBS) left.limb[left.count++] = (uint32_t)carry;
    }
    big_set(&right, v.fraction * 2 + 1);
    int32_t power = point - count, exponent = v.exponent - 1;
    big_power10(power > 0 ? &left : &right, power > 0 ? power : -power);
    big_shift(exponent < 0 ? &left : &right, exponent < 0 ? -exponent : exponent);
    return big_compare(&left, &right);
}

static double compose(uint64_t bits) {
    union { uint64_t u; double f; } pun = {.u = bits};
    return pun.f;
}

/* Up to 15 digits and powers of ten up to 22 are exact doubles: one product or quotient rounds as the value does
 * (Clinger, How to read floating point numbers accurately, 1990). */
static bool read_short(const char *digits, int32_t count, int32_t point, double *out) {
    int32_t exponent = point - count;
    if (count > 15 || exponent > 22 || exponent < -22) return false;
    double value = 0, power = 1;
    for (int32_t i = 0; i < count; i++) value = value * 10 + digits[i];
    for (int32_t i = exponent < 0 ? -exponent : exponent; i > 0; i--) power *= 10;
    *out = exponent < 0 ? value / power : value * power;
    return true;
}

double aj_read_decimal(const char *digits, int32_t count, int32_t point) {
    double value;
    if (read_short(digits, count, point, &value)) return value;
    /* Behind the first 40 digits only "is there more" counts; that keeps the integers small. */
    char kept[READ_DIGITS + 1];
    if (count > READ_DIGITS) {
        memcpy(kept, digits, READ_DIGITS);
        kept[READ_DIGITS] = 1;
        count = READ_DIGITS + 1;
        digits = kept;
    }
    if (count == 0 || point < -330) return 0;
    if (point > 310) return compose(0x7ff0000000000000ull);
    /* Bisection over the bit patterns of finite doubles: they sort as their values do. */
    uint64_t low = 0, high = 0x7fefffffffffffffull;
    while (low < high) { /* the least double whose upper halfway point is not below the value */
        uint64_t middle = low + (high - low) / 2;
        int order = compare_with_halfway(digits, count, point, decode(compose(middle)));
        if (order < 0 || (order == 0 && (middle & 1) == 0)) high = middle;
        else low = middle + 1;
    }
    if (low == 0x7fefffffffffffffull && compare_with_halfway(digits, count, point, decode(compose(low))) >= 0) {
        return compose(0x7ff0000000000000ull);
    }
    return compose(low);
}
