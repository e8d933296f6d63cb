/* Plans of Fourier transforms: the factors of a length, roots of unity, and the passes of one transform.
 *
 * Stockham's algorithm takes the factors one after another; a length with a prime factor above 7 is a convolution with a
 * chirp (Bluestein), of a length that has small factors only. */
#include "fourier.h"

#include "dtype.h"
#include "libc.h"

static const int8_t RADICES[AJ_RADICES] = {2, 3, 4, 5, 7, 8};

/* exp(-2 pi i k / n): within an eighth of the circle by Taylor series, the eighths exactly. */
static void root(int64_t k, int64_t n, double *re, double *im) {
    const double half_pi = 1.57079632679489661923;
    k %= n;
    int64_t quarter = 4 * k / n, rest = 4 * k - quarter * n; /* of a quarter's n */
    bool beyond = 2 * rest > n;
    double x = half_pi * (double)(beyond ? n - rest : rest) / (double)n, square = x * x, c = 1, s = 1;
    for (int32_t i = 22; i > 0; i -= 2) {
        c = 1 - square / (i * (i - 1)) * c;
        s = 1 - square / (i * (i + 1)) * s;
    }
    s *= x;
    double low = beyond ? s : c, high = beyond ? c : s;
    const double cosines[4] = {low, -high, -low, high}, sines[4] = {high, low, -high, -low};
    *re = cosines[quarter];
    *im = -sines[quarter];
}

/* Stores a complex constant and goes on to the next. */
static void put(char **at, int32_t dtype, double re, double im) {
    if (dtype == AJ_F32) {
        float pair[2] = {(float)re, (float)im};
        memcpy(*at, pair, sizeof pair);
        *at += sizeof pair;
    } else {
        double pair[2] = {re, im};
        memcpy(*at, pair, sizeof pair);
        *at += sizeof pair;
    }
}

/* Indices of the radices that n is a product of, the largest first; -1 where a prime factor is none of them. */
static int32_t factors(int64_t n, int32_t *indices) {
    int32_t count = 0;
    for (int32_t i = AJ_RADICES - 1; i >= 0; i--) {
        for (; n % RADICES[i] == 0; n /= RADICES[i]) indices[count++] = i;
    }
    return n == 1 ? count : -1;
}

/* The least length that is at least `n`, of small factors. */
static int64_t smooth_length(int64_t n) {
    static const int8_t odd[] = {1, 3, 5, 9, 15};
    int64_t best = INT64_MAX;
    for (size_t i = 0; i < sizeof odd; i++) {
        int64_t length = odd[i];
        while (length < n) length *= 2;
        if (length < best) best = length;
    }
    return best;
}

static void set_steps(aj_fourier_plan *plan, const int32_t *indices, int32_t count, char **at) {
    int64_t m = plan->n, s = 1;
    plan->steps = count;
    for (int32_t i = 0; i < count; i++) {
        const int64_t radix = RADICES[indices[i]], length = m;
        m /= radix;
        plan->step[i] = (aj_fourier_step){indices[i], m, s, *at};
        for (int64_t p = 0; m > 1 && p < m; p++) {
            for (int64_t k = 1; k < radix; k++) {
                double re, im;
                root(p * k, length, &re, &im);
                put(at, plan->dtype, re, im);
            }
        }
        s *= radix;
    }
}

/* The transform of the chirp's conjugate, divided by its length, with all lanes alike. */
static int32_t set_response(aj_instance *self, aj_fourier_plan *plan, const aj_fourier *kernels, char **at) {
    const int64_t n = plan->n, length = plan->chirped->n, part = aj_dtype_bytes(plan->dtype);
    const int64_t element = 2 * kernels->lanes * part;
    const size_t bytes = (size_t)(2 * length * element);
    char *x = (char *)aj_arena_alloc(self, bytes);
    if (!x) return AJ_MEMORY_ERROR;
    memset(x, 0, bytes);
    for (int64_t j = 0; j < n; j++) {
        double re, im;
        root(j * j % (2 * n), 2 * n, &re, &im);
        for (int32_t side = 0; side < (j ? 2 : 1); side++) {
            char *first = x + (side ? length - j : j) * element, *second = first + element / 2;
            if (plan->dtype == AJ_F32) {
                *(float *)(void *)first = (float)(re / (double)length);
                *(float *)(void *)second = (float)(-im / (double)length);
            } else {
                *(double *)(void *)first = re / (double)length;
                *(double *)(void *)second = -im / (double)length;
            }
        }
    }
    const char *result = aj_fourier_run(plan->chirped, kernels, x, x + length * element, false);
    plan->response = *at;
    for (int64_t k = 0; k < length; k++, *at += 2 * part) {
        memcpy(*at, result + k * element, (size_t)part);
        memcpy(*at + part, result + k * element + element / 2, (size_t)part);
    }
    aj_arena_free(self, x, bytes);
    return AJ_OK;
}

static aj_fourier_plan *new_plan(aj_instance *self, const aj_fourier *kernels, int32_t dtype, int64_t n) {
    int32_t indices[AJ_MOST_PASSES];
    const int32_t count = factors(n, indices);
    const int64_t pair = 2 * aj_dtype_bytes(dtype);
    aj_fourier_plan *chirped = NULL;
    int64_t constants = n + 1;
    if (count < 0) {
        chirped = (aj_fourier_plan *)aj_fourier_plan_of(self, kernels, dtype, smooth_length(2 * n - 1));
        if (!chirped) return NULL;
        constants += n + chirped->n;
    } else {
        for (int64_t i = 0, m = n; i < count; i++) {
            m /= RADICES[indices[i]];
            constants += m > 1 ? m * (RADICES[indices[i]] - 1) : 0;
        }
    }
    const size_t bytes = sizeof(aj_fourier_plan) + (size_t)(constants * pair);
    aj_fourier_plan *plan = (aj_fourier_plan *)aj_arena_alloc(self, bytes);
    if (!plan) return NULL;
    memset(plan, 0, sizeof *plan);
    plan->bytes = bytes;
    plan->n = n;
    plan->dtype = dtype;
    plan->chirped = chirped;
    char *at = (char *)(plan + 1);
    double re, im;
    plan->halves = at;
    for (int64_t k = 0; k <= n; k++) {
        root(k, 2 * n, &re, &im);
        put(&at, dtype, re, im);
    }
    if (!chirped) {
        set_steps(plan, indices, count, &at);
        return plan;
    }
    plan->chirp = at;
    for (int64_t j = 0; j < n; j++) {
        root(j * j % (2 * n), 2 * n, &re, &im);
        put(&at, dtype, re, im);
    }
    if (set_response(self, plan, kernels, &at)) {
        aj_arena_free(self, plan, bytes);
        return NULL;
    }
    return plan;
}

static void end_plans(aj_instance *self) {
    for (aj_fourier_plan *plan = self->fourier_plans, *next; plan; plan = next) {
        next = plan->next;
        aj_arena_free(self, plan, plan->bytes);
    }
    self->fourier_plans = NULL;
}

const aj_fourier_plan *aj_fourier_plan_of(aj_instance *self, const aj_fourier *kernels, int32_t dtype, int64_t n) {
    for (aj_fourier_plan *plan = self->fourier_plans; plan; plan = plan->next) {
        if (plan->n == n && plan->dtype == dtype) return plan;
    }
    aj_fourier_plan *plan = new_plan(self, kernels, dtype, n);
    if (!plan) return NULL;
    self->end_plans = end_plans;
    plan->next = self->fourier_plans;
    self->fourier_plans = plan;
    return plan;
}

/* -- running one -------------------------------------------------------------------------------------------------- */

static char *run_passes(const aj_fourier_plan *plan, const aj_fourier *kernels, char *x, char *y, bool inverse) {
    const int64_t vector = kernels->lanes * aj_dtype_bytes(plan->dtype), re = inverse ? vector : 0, im = vector - re;
    for (int32_t i = 0; i < plan->steps; i++) {
        const aj_fourier_step *step = &plan->step[i];
        const aj_fourier_pass *functions = step->m > 1 ? kernels->pass : kernels->last;
        functions[step->radix](x, y, step->m, step->s, step->roots, re, im);
        char *done = y;
        y = x;
        x = done;
    }
    return x;
}

int64_t aj_fourier_elements(const aj_fourier_plan *plan) { return (plan->chirped ? plan->chirped->n : plan->n) + 1; }

char *aj_fourier_run(const aj_fourier_plan *plan, const aj_fourier *kernels, char *x, char *y, bool inverse) {
    const aj_fourier_plan *longer = plan->chirped;
    if (!longer) return run_passes(plan, kernels, x, y, inverse);
    const int64_t vector = kernels->lanes * aj_dtype_bytes(plan->dtype), re = inverse ? vector : 0, im = vector - re;
    kernels->multiply(x, x, plan->n, plan->chirp, re, im);
    memset(x + plan->n * 2 * vector, 0, (size_t)((longer->n - plan->n) * 2 * vector));
    char *result = run_passes(longer, kernels, x, y, inverse);
    kernels->multiply(result, result, longer->n, plan->response, re, im);
    result = run_passes(longer, kernels, result, result == x ? y : x, !inverse);
    kernels->multiply(result, result, plan->n, plan->chirp, re, im);
    return result;
}
