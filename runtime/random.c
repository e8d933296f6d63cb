/* torch's CPU generator: mt19937 (Matsumoto and Nishimura 1998) and torch's way from its 32 bit words to numbers:
 * ATen/core/TransformationHelper.h, ATen/native/cpu/DistributionTemplates.h. The numbers are torch's for the same seed,
 * but for the last digits of float32 normal numbers, whose logarithms and cosines torch computes less accurately. */
#include "convert.h"
#include "instance.h"
#include "libc.h"
#include "operators.h"
#include "tensor.h"

enum { STATE = AJ_RANDOM_WORDS, SHIFT = 397, BLOCK = 16 };

static const uint64_t default_seed = 67280421310721u;

static void set_seed(aj_instance *self, uint64_t seed) {
    aj_random *r = &self->random;
    r->words[0] = (uint32_t)seed;
    for (uint32_t i = 1; i < STATE; i++)
        r->words[i] = 1812433253u * (r->words[i - 1] ^ (r->words[i - 1] >> 30)) + i;
    r->at = STATE;
    r->seeded = true;
    r->has_spare = false;
}

static uint32_t mix(uint32_t high, uint32_t low) {
    uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
    return (y >> 1) ^ (low & 1 ? 0x9908b0dfu : 0);
}

static void refill(aj_random *r) {
    uint32_t *w = r->words;
    for (int32_t i = 0; i < STATE; i++) w[i] = w[(i + SHIFT) % STATE] ^ mix(w[i], w[(i + 1) % STATE]);
    r->at = 0;
}

static uint32_t word(aj_instance *self) {
    aj_random *r = &self->random;
    if (!r->seeded) set_seed(self, default_seed);
    if (r->at == STATE) refill(r);
    uint32_t y = r->words[r->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

static uint64_t two_words(aj_instance *self) {
    uint64_t high = word(self);
    return high << 32 | word(self);
}

static double uniform64(aj_instance *self) { return (double)(two_words(self) & ((1ull << 53) - 1)) * 0x1p-53; }

static float uniform32(aj_instance *self) { return (float)(word(self) & ((1u << 24) - 1)) * 0x1p-24f; }

/* The i-th element in the order of the sizes; of what `in_memory_order` gives, in the order of places. */
static char *element(aj_tensor *t, int64_t i) {
    int64_t at = 0;
    for (int32_t d = t->ndim - 1; d >= 0; d--) {
        at += i % t->sizes[d] * t->strides[d];
        i /= t->sizes[d];
    }
    return (char *)t->data + at * aj_dtype_bytes(t->dtype);
}

static void exchange_dims(aj_tensor *t, int32_t a, int32_t b) {
    int64_t size = t->sizes[a], stride = t->strides[a];
    t->sizes[a] = t->sizes[b];
    t->strides[a] = t->strides[b];
    t->sizes[b] = size;
    t->strides[b] = stride;
}

/* The tensor with its dims in the order of their strides: torch fills a tensor from its first place to its last.
 * `beside`, if any, has the same sizes and gets the same order. */
static aj_tensor in_memory_order(const aj_tensor *t, aj_tensor *beside) {
    aj_tensor sorted = *t;
    for (int32_t d = 1; d < sorted.ndim; d++) {
        for (int32_t k = d; k > 0 && sorted.strides[k - 1] < sorted.strides[k]; k--) {
            exchange_dims(&sorted, k - 1, k);
            if (beside) exchange_dims(beside, k - 1, k);
        }
    }
    return sorted;
}

static int32_t floating_only(aj_instance *self, const char *name, const aj_tensor *t) {
    if (aj_dtype_is_floating(t->dtype)) return AJ_OK;
    return aj_fail(self, AJ_RUNTIME_ERROR, "\"%s\" not implemented for '%s'", name, aj_dtype_name(t->dtype));
}

/* The largest finite element; `name` becomes C++'s name of the type. */
static double largest(int32_t dtype, const char **name) {
    switch (dtype) {
    case AJ_F16: *name = "c10::Half"; return 65504;
    case AJ_BF16: *name = "c10::BFloat16"; return 0x1.fep127;
    case AJ_F32: *name = "float"; return 0x1.fffffep127;
    default: *name = "double"; return 0x1.fffffffffffffp1023;
    }
}

static int32_t check_bounds(aj_instance *self, int32_t dtype, double low, double high) {
    const char *name;
    const double most = largest(dtype, &name);
    const double bounds[2] = {low, high};
    for (int i = 0; i < 2; i++) {
        if (bounds[i] >= -most && bounds[i] <= most) continue;
        return aj_fail(self, AJ_RUNTIME_ERROR, "%s is out of bounds for %s", i ? "to" : "from", name);
    }
    if (low > high) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "uniform_ expects to return a [from, to) range, but found from=%g > to=%g",
                       low, high);
    }
    if (high - low <= most) return AJ_OK;
    return aj_fail(self, AJ_RUNTIME_ERROR, "uniform_ expects to-from <= std::numeric_limits<%s>::max(), but found "
                   "to=%g and from=%g", name, high, low);
}

int32_t aj_random_uniform(aj_instance *self, aj_tensor *t, double low, double high) {
    int32_t status = floating_only(self, "check_uniform_bounds", t);
    if (!status) status = aj_check_places(self, t);
    if (!status) status = check_bounds(self, t->dtype, low, high);
    if (status) return status;
    aj_tensor order = in_memory_order(t, NULL);
    uint16_t end = 0;
    bool narrow = t->dtype == AJ_F16 || t->dtype == AJ_BF16;
    if (narrow) aj_store_double((char *)&end, t->dtype, high);
    for (int64_t i = 0; i < t->numel; i++) {
        double value;
        if (t->dtype == AJ_F64) value = uniform64(self) * (high - low) + low;
        else value = uniform32(self) * ((float)high - (float)low) + (float)low;
        char *place = element(&order, i);
        aj_store_double(place, t->dtype, value);
        /* What rounds up to the end of the interval, which is open, is its beginning. */
        if (narrow && *(uint16_t *)place == end) aj_store_double(place, t->dtype, low);
    }
    return AJ_OK;
}

/* -- normal numbers ------------------------------------------------------------------------------------------------- */

/* ln(x) for normal x in (0, 1]: atanh series on the fraction in [sqrt(1/2), sqrt(2)). */
static double logarithm(double x) {
    union { double f; uint64_t u; } bits = {.f = x};
    int64_t exponent = (int64_t)(bits.u >> 52) - 1023;
    bits.u = (bits.u & 0xfffffffffffffull) | 0x3ff0000000000000ull;
    if (bits.f > 1.4142135623730951) {
        bits.f *= 0.5;
        exponent++;
    }
    double r = (bits.f - 1) / (bits.f + 1), square = r * r, sum = 0;
    for (int32_t k = 27; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
    return 2 * r * sum + (double)exponent * 0.69314718055994530942;
}

/* cos and sin of 2 pi x for x in [0, 1): quarters exactly, then Taylor series. */
static void circle(double x, double *cosine, double *sine) {
    double quarters = __builtin_floor(4 * x + 0.5), r = (4 * x - quarters) * 1.57079632679489661923, square = r * r;
    double c = 0, s = 0;
    for (int32_t k = 20; k >= 2; k -= 2) {
        c = -square / (k * (k - 1)) * (1 + c);
        s = -square / (k * (k + 1)) * (1 + s);
    }
    c = 1 + c;
    s = r * (1 + s);
    switch ((int64_t)quarters & 3) {
    case 0: *cosine = c; *sine = s; break;
    case 1: *cosine = -s; *sine = c; break;
    case 2: *cosine = -c; *sine = -s; break;
    default: *cosine = s; *sine = -c; break;
    }
}

static double one_normal(aj_instance *self) {
    aj_random *r = &self->random;
    if (r->has_spare) {
        r->has_spare = false;
        return r->spare;
    }
    double u1 = uniform64(self), u2 = uniform64(self), cosine, sine;
    double radius = __builtin_sqrt(-2 * logarithm(1 - u2));
    circle(u1, &cosine, &sine);
    r->spare = radius * sine;
    r->has_spare = true;
    return radius * cosine;
}

/* A block of 16 uniform numbers to normal ones. */
static void normal_block(double *block, bool single, double mean, double std) {
    for (int32_t i = 0; i < BLOCK / 2; i++) {
        double u = 1 - block[i], cosine, sine;
        if (single) u = (double)(float)u;
        double radius = __builtin_sqrt(-2 * logarithm(u));
        circle(block[i + BLOCK / 2], &cosine, &sine);
        block[i] = radius * cosine * std + mean;
        block[i + BLOCK / 2] = radius * sine * std + mean;
    }
}

int32_t aj_random_normal(aj_instance *self, aj_tensor *t, double mean, double std) {
    int32_t status = floating_only(self, "normal_kernel_cpu", t);
    if (!status) status = aj_check_places(self, t);
    if (status) return status;
    if (!(std >= 0)) return aj_fail(self, AJ_RUNTIME_ERROR, "normal expects std >= 0.0, but found std %g", std);
    bool single = t->dtype != AJ_F64;
    if (t->numel < BLOCK || !aj_tensor_is_contiguous(t)) {
        aj_tensor order = in_memory_order(t, NULL);
        for (int64_t i = 0; i < t->numel; i++) {
            if (!self->random.seeded) set_seed(self, default_seed);
            aj_store_double(element(&order, i), t->dtype, one_normal(self) * std + mean);
        }
        return AJ_OK;
    }
    /* torch draws all uniform numbers first, then the last block anew when it is not whole; of half precision those of
     * one block after the other, in float32. */
    bool narrow = single && t->dtype != AJ_F32;
    for (int64_t i = 0; i < t->numel && !narrow; i++)
        aj_store_double(element(t, i), t->dtype, single ? (double)uniform32(self) : uniform64(self));
    for (int64_t i = 0; i + BLOCK <= t->numel; i += BLOCK) {
        double block[BLOCK];
        for (int32_t k = 0; k < BLOCK; k++)
            block[k] = narrow ? (double)uniform32(self) : aj_load_double(element(t, i + k), t->dtype);
        normal_block(block, single, mean, std);
        for (int32_t k = 0; k < BLOCK; k++) aj_store_double(element(t, i + k), t->dtype, block[k]);
    }
    if (t->numel % BLOCK) {
        double block[BLOCK];
        for (int32_t k = 0; k < BLOCK; k++) block[k] = single ? (double)uniform32(self) : uniform64(self);
        normal_block(block, single, mean, std);
        for (int32_t k = 0; k < BLOCK; k++) aj_store_double(element(t, t->numel - BLOCK + k), t->dtype, block[k]);
    }
    return AJ_OK;
}

int32_t aj_random_exponential(aj_instance *self, aj_tensor *t, double rate) {
    int32_t status = floating_only(self, "exponential_", t);
    if (!status) status = aj_check_places(self, t);
    if (!status && !(rate > 0)) {
        status = aj_fail(self, AJ_RUNTIME_ERROR, "exponential_ expects lambda > 0.0, but found lambda=%g", rate);
    }
    if (status) return status;
    aj_tensor order = in_memory_order(t, NULL);
    for (int64_t i = 0; i < t->numel; i++)
        aj_store_double(element(&order, i), t->dtype, -1.0 / rate * logarithm(1 - uniform64(self)));
    return AJ_OK;
}

/* -- integers and choices ------------------------------------------------------------------------------------------- */

static void store_whole(aj_tensor *t, int64_t i, int64_t value) {
    if (aj_dtype_is_floating(t->dtype)) aj_store_double(element(t, i), t->dtype, (double)value);
    else aj_store_int(element(t, i), t->dtype, value);
}

/* The largest whole number that random_ draws: for a floating dtype, the last below which it holds all of them. */
static int64_t largest_whole(int32_t dtype) {
    switch (dtype) {
        case AJ_BOOL: return 1;
        case AJ_U8: return UINT8_MAX;
        case AJ_I8: return INT8_MAX;
        case AJ_I16: return INT16_MAX;
        case AJ_I32: return INT32_MAX;
        case AJ_F16: return 1 << 11;
        case AJ_BF16: return 1 << 8;
        case AJ_F32: return 1 << 24;
        case AJ_F64: return 1ll << 53;
        default: return INT64_MAX;
    }
}

int32_t aj_random_integers(aj_instance *self, aj_tensor *t, int64_t low, bool has_high, int64_t high) {
    int32_t status = aj_check_places(self, t);
    if (status) return status;
    if (has_high && low >= high) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "random_ expects 'from' to be less than 'to', but got from=%lld >= to=%lld",
                       (long long)low, (long long)high);
    }
    uint64_t range = (has_high ? (uint64_t)high : (uint64_t)largest_whole(t->dtype) + 1) - (uint64_t)low;
    aj_tensor order = in_memory_order(t, NULL);
    for (int64_t i = 0; i < t->numel; i++) {
        uint64_t drawn = range >= 1ull << 28 ? two_words(self) : word(self);
        store_whole(&order, i, (int64_t)(drawn % range + (uint64_t)low));
    }
    return AJ_OK;
}

int32_t aj_random_whole(aj_instance *self, aj_tensor *t) {
    int32_t status = aj_check_places(self, t);
    if (status) return status;
    uint64_t range = (uint64_t)largest_whole(t->dtype) + 1;
    bool wide = t->dtype == AJ_I64 || t->dtype == AJ_F64;
    aj_tensor order = in_memory_order(t, NULL);
    for (int64_t i = 0; i < t->numel; i++) store_whole(&order, i, (int64_t)((wide ? two_words(self) : word(self)) % range));
    return AJ_OK;
}

int32_t aj_random_bernoulli(aj_instance *self, aj_tensor *t, double p) {
    int32_t status = aj_check_places(self, t);
    if (status) return status;
    if (!(p >= 0 && p <= 1)) {
        return aj_fail(self, AJ_RUNTIME_ERROR, "bernoulli_ expects p to be in [0, 1], but got p=%g", p);
    }
    aj_tensor order = in_memory_order(t, NULL);
    for (int64_t i = 0; i < t->numel; i++) aj_store_double(element(&order, i), t->dtype, uniform64(self) < p ? 1 : 0);
    return AJ_OK;
}

/* Writes 0 or 1 to `t`, 1 with the probability at the same place. */
int32_t aj_random_chances(aj_instance *self, aj_tensor *t, aj_tensor *chances) {
    int32_t status = aj_check_places(self, t);
    if (status) return status;
    aj_tensor beside = *chances, order = in_memory_order(t, &beside);
    for (int64_t i = 0; i < t->numel; i++) {
        double p = aj_load_double(element(&beside, i), chances->dtype);
        if (!(p >= 0 && p <= 1)) {
            return aj_fail(self, AJ_RUNTIME_ERROR, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.");
        }
        double u = chances->dtype == AJ_F64 ? uniform64(self) : (double)uniform32(self);
        aj_store_double(element(&order, i), t->dtype, u < p ? 1 : 0);
    }
    return AJ_OK;
}

int32_t aj_random_permutation(aj_instance *self, aj_tensor *t) {
    int64_t n = t->numel;
    int64_t *out = (int64_t *)t->data;
    for (int64_t i = 0; i < n; i++) out[i] = i;
    for (int64_t i = 0; i + 1 < n; i++) {
        int64_t other = (int64_t)(word(self) % (uint64_t)(n - i));
        int64_t kept = out[i];
        out[i] = out[i + other];
        out[i + other] = kept;
    }
    return AJ_OK;
}

int32_t aj_manual_seed(aj_instance *self, int64_t seed) {
    set_seed(self, (uint64_t)seed);
    return AJ_OK;
}
