/* Fourier transforms: aj_fourier_complex, aj_fourier_of_real and aj_fourier_to_real of operators.h. */
#ifndef AJ_FOURIER_H
#define AJ_FOURIER_H

#include "arena.h"
#include "matmul.h"

enum { AJ_RADICES = 6, AJ_MOST_PASSES = 40 };

/* Generated loops (aotjit/codegen/kernels/fourier.py); `re` and `im` are the places of the parts in an element of a
 * buffer [index][2][lanes]. */
typedef void (*aj_fourier_pass)(const void *x, void *y, int64_t m, int64_t s, const void *roots, int64_t re, int64_t im);
typedef void (*aj_fourier_span)(const void *x, void *y, int64_t count, const void *factors, int64_t re, int64_t im);

/* Of one element type at one level. */
typedef struct aj_fourier {
    int64_t lanes;
    int64_t side; /* least rows and columns of a transpose */
    aj_transpose transpose;
    aj_fourier_span multiply, scale, split, merge;
    aj_fourier_pass pass[AJ_RADICES], last[AJ_RADICES];
} aj_fourier;

typedef struct aj_fourier_step {
    int64_t radix; /* its index among the radices */
    int64_t m, s;
    const char *roots;
} aj_fourier_step;

/* What is computed once for a length: kept by the instance as long as it lives. */
typedef struct aj_fourier_plan {
    struct aj_fourier_plan *next;
    size_t bytes;
    int64_t n;
    int32_t dtype; /* AJ_F32 or AJ_F64 */
    int32_t steps;
    aj_fourier_step step[AJ_MOST_PASSES];
    struct aj_fourier_plan *chirped; /* n has a prime factor that is no radix: a convolution of this length; else NULL */
    const char *chirp;    /* [n] exp(-i pi j^2 / n)                               */
    const char *response; /* [chirped->n] the transform of its conjugate, scaled */
    const char *halves;   /* [n + 1] exp(-2 pi i k / 2n), for 2n reals            */
} aj_fourier_plan;

/* NULL, with AJ_MEMORY_ERROR recorded, when there is no memory. */
const aj_fourier_plan *aj_fourier_plan_of(aj_instance *self, const aj_fourier *kernels, int32_t dtype, int64_t n);
/* Elements of each of the two buffers that a transform takes. */
int64_t aj_fourier_elements(const aj_fourier_plan *plan);
/* The transform of the buffer `x`, in it or in `y`: which of them is returned. */
char *aj_fourier_run(const aj_fourier_plan *plan, const aj_fourier *kernels, char *x, char *y, bool inverse);

#endif
