/* One matrix product by register tiles. */
#ifndef AJ_GEMM_H
#define AJ_GEMM_H

#include "arena.h"
#include "matmul.h"

/* A strided matrix: element (i, j) at data + i row + j step, in bytes. */
typedef struct aj_matrix {
    char *data;
    int64_t row, step;
} aj_matrix;

/* C[m][n] = A B with the block of rows and columns that one thread computes. */
typedef struct aj_product {
    const aj_tiles *tiles;
    int64_t bytes; /* of an element */
    int64_t m, n, k;
    int64_t row_begin, row_end, column_begin, column_end;
    aj_matrix a;
    const char *b;       /* panel p starts at b + p panel, its rows are row_b apart     */
    int64_t row_b, panel;
    bool transposed;     /* instead of panels, `b` has contiguous columns that are row_b apart */
    const char *tail;    /* ... but panels from `tail_panel` on are packed here         */
    int64_t tail_panel;
    char *c;
    int64_t row_c;
    const aj_walk *epilogue; /* over the whole result; NULL for none                    */
    int64_t first;           /* index in the epilogue's space of this product's C[0][0] */
    char *scratch;           /* aj_gemm_scratch bytes                                   */
} aj_product;

enum { AJ_STRIP_ROWS = 8 }; /* up to here rows of A are not worth packing */

size_t aj_gemm_scratch(const aj_product *product);
/* Returns 1 when the epilogue divided an integer by zero. */
int32_t aj_gemm(const aj_product *product);
/* Packs the panels from `first` on. */
void aj_pack_b(char *to, aj_matrix b, int64_t k, int64_t n, int64_t first, int64_t bytes);
/* C = A B in integers of that many bytes, which wrap; with k = 0 zeros of any type. */
void aj_integer_product(aj_matrix a, aj_matrix b, char *c, int64_t m, int64_t n, int64_t k, int64_t bytes);

#endif
