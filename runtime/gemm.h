/* One matrix product by register tiles. */
#ifndef AJ_GEMM_H
#define AJ_GEMM_H

#include "matmul.h"

/* A strided matrix: element (i, j) at data + i row + j step, in bytes. */
typedef struct aj_matrix {
    char *data;
    int64_t row, step;
} aj_matrix;

/* C[m][n] = A B, and the block of rows and columns of it that is computed. */
typedef struct aj_product {
    const aj_tiles *tiles;
    int64_t bytes; /* of an element: 4 or 8 */
    int64_t m, n, k;
    int64_t row_begin, row_end, column_begin, column_end; /* columns begin with a panel */
    aj_matrix a, b;
    bool panels;  /* b.data is panels [k][128 bytes], one after the other            */
    bool dots;    /* m is at most tiles->dot_rows, columns of B are contiguous       */
    bool swapped; /* what the program calls C is C^T: only with dots, or with m = 1  */
    char *c;
    int64_t row_c, step_c;   /* step_c is that of an element but with dots                  */
    const aj_walk *epilogue; /* over the whole result; NULL for none                        */
    int64_t first;           /* index in the epilogue's space of this product's C[0][0]     */
    char *scratch;           /* aj_gemm_scratch bytes, aligned to a cache line              */
} aj_product;

size_t aj_gemm_scratch(const aj_product *product);
/* Returns 1 when the epilogue divided an integer by zero. */
int32_t aj_gemm(const aj_product *product);

/* pack.c: in's rows as rows of `columns` contiguous elements, `row` bytes apart. */
void aj_copy_matrix(const aj_tiles *tiles, char *to, int64_t row, aj_matrix in, int64_t rows, int64_t columns,
                    int64_t bytes);
/* pack.c: panels [k][128 bytes] of `count` columns of B from `first` on, the last filled with zeros. */
void aj_pack_panels(const aj_tiles *tiles, char *to, aj_matrix b, int64_t k, int64_t count, int64_t bytes);
/* pack.c: `rows` rows of A as [k][rows of the packed tile]; the last one fills the ones that are not there. */
void aj_pack_rows(const aj_tiles *tiles, char *to, aj_matrix a, int64_t rows, int64_t k, int64_t bytes);
#endif
