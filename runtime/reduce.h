/* Exact argument reduction for the vector functions of generated code. */
#ifndef AJ_REDUCE_H
#define AJ_REDUCE_H

#include "object.h"

/* x[i] = quadrant[i] pi/2 + high[i] + low[i] (modulo 2 pi), |high| <= pi/4; NaN when x is infinite or NaN. */
void aj_reduce_half_pi(const double *x, double *quadrant, double *high, double *low, int64_t count);
/* C's fmod, exact. */
void aj_fmod(const double *x, const double *y, double *out, int64_t count);

#endif
