/* Matrix products: blocking and packing around generated register tiles. */
#ifndef AJ_MATMUL_H
#define AJ_MATMUL_H

#include "plan.h"

/* Strides count bytes. A panel has 128 bytes of columns; `panel` is the distance between panels of B, `row_b` that
 * between rows in a panel. */

/* C (1 to the tile's rows x `panels` panels) = (accumulate ? C : 0) + A B; row r and step i of A at
 * a + r row_a + i step_a. */
typedef void (*aj_tile)(int64_t k, const void *a, int64_t row_a, int64_t step_a, const void *b, int64_t row_b,
                        int64_t panel, int64_t panels, void *c, int64_t row_c, int64_t rows, int64_t accumulate);
/* C (1 to the dot's rows x `columns`, which are step_c apart) = A B, where rows of A and columns of B are contiguous
 * along K, which has at least `lanes` elements. */
typedef void (*aj_dot)(int64_t k, const void *a, int64_t row_a, int64_t rows, const void *b, int64_t column_b,
                       int64_t columns, void *c, int64_t row_c, int64_t step_c);

/* to[j to_row + i] = from[i step + j], i < columns vectors of `rows` contiguous elements; both at least `side`. */
typedef void (*aj_transpose)(void *to, int64_t to_row, const void *from, int64_t step, int64_t rows, int64_t columns);

typedef struct aj_tile_of_rows {
    int64_t rows;
    aj_tile run;
} aj_tile_of_rows;

typedef struct aj_dot_of_rows {
    int64_t rows;
    aj_dot run;
} aj_dot_of_rows;

enum { AJ_PANEL_BYTES = 128, AJ_MOST_ROWS = 16, AJ_MOST_TILES = 3, AJ_MOST_DOTS = 2 };

/* The functions of one element type and ISA level, and the numbers of aotjit/schedule/matmul.py. */
typedef struct aj_tiles {
    int64_t block_k, block_bytes, packing_columns, in_place_rows, in_place_bytes, in_place_k, dot_rows;
    int64_t lanes;                        /* of a vector                                           */
    int64_t side;                         /* of a square of `transpose`                            */
    aj_transpose transpose;
    aj_tile_of_rows packed;               /* its A is [k][rows], all filled                         */
    aj_tile_of_rows tiles[AJ_MOST_TILES]; /* from the most rows to one; the last ones may be empty */
    aj_dot_of_rows dots[AJ_MOST_DOTS];
} aj_tiles;

/* The smallest tile for so many rows that lie anywhere, else the largest. */
static inline const aj_tile_of_rows *aj_tile_for(const aj_tiles *tiles, int64_t rows) {
    int32_t i = 0;
    while (i + 1 < AJ_MOST_TILES && tiles->tiles[i + 1].rows >= rows) i++;
    return &tiles->tiles[i];
}

/* epilogue(A B, extras...), see ts.matmul. `kernel` describes the epilogue: its first input is the product, then come
 * `kernel->inputs - 1` extras; `epilogue` is NULL when there is none. `panels`: b's data is packed panels of its
 * logical shape. `tiles` is NULL for element types that have none. */
int32_t aj_matmul(aj_instance *self, const aj_tiles *tiles, aj_map epilogue, const aj_kernel *kernel, aj_tensor *a,
                  aj_tensor *b, bool panels, aj_tensor *const *extras, const aj_word *scalars, aj_tensor **out);

/* The walk of an epilogue over the whole of a result `c`, which is its first input and its output. */
int32_t aj_epilogue_walk(aj_instance *self, aj_walk *walk, aj_map run, const aj_kernel *kernel, aj_tensor *c,
                         aj_tensor *const *extras, const aj_word *scalars);

#endif
