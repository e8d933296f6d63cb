/* Matrix products: blocking and packing around generated register tiles. */
#ifndef AJ_MATMUL_H
#define AJ_MATMUL_H

#include "plan.h"

/* Strides count bytes. A panel has 128 bytes of columns; `panel` is the distance between panels of B, `row_b` that
 * between rows in a panel. */

/* C tile (rows x one panel) = (accumulate ? C : 0) + A B; a is packed as [k][rows]. */
typedef void (*aj_tile)(int64_t k, const void *a, const void *b, int64_t row_b, void *c, int64_t row_c,
                        int64_t accumulate);
/* C (up to 4 rows x `panels` panels) = A B with A where it is: row r and step i at a + r row_a + i step_a. */
typedef void (*aj_strip)(int64_t k, const void *a, int64_t row_a, int64_t step_a, const void *b, int64_t row_b,
                         int64_t panel, int64_t panels, void *c, int64_t row_c, int64_t rows);

/* The functions of one element type and ISA level. */
typedef struct aj_tiles {
    int64_t rows; /* of the tile */
    aj_tile tile;
    aj_strip four; /* 1 to 4 rows */
    aj_strip one;  /* 1 row       */
} aj_tiles;

enum { AJ_PANEL_BYTES = 128 };

/* epilogue(A B, extras...), see ts.matmul. `kernel` describes the epilogue: its first input is the product, then come
 * `kernel->inputs - 1` extras; `epilogue` is NULL when there is none. `panels`: b's data is packed panels of its
 * logical shape. `tiles` is NULL for element types that have none. */
int32_t aj_matmul(aj_instance *self, const aj_tiles *tiles, aj_map epilogue, const aj_kernel *kernel, aj_tensor *a,
                  aj_tensor *b, bool panels, aj_tensor *const *extras, const aj_word *scalars, aj_tensor **out);

/* The walk of an epilogue over the whole of a result `c`, which is its first input and its output. */
int32_t aj_epilogue_walk(aj_instance *self, aj_walk *walk, aj_map run, const aj_kernel *kernel, aj_tensor *c,
                         aj_tensor *const *extras, const aj_word *scalars);

#endif
