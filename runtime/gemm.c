/* Blocking as in Goto and van de Geijn (2008), with the operands' parts in the caches swapped: a block of B stays in L2
 * while a panel of A, a few rows, is in L1 and meets all of it. Both are copied only where they are not read well as
 * they are. */
#include "gemm.h"

#include "libc.h"

enum {
    LINE = 64,
    FINISHED_BYTES = 32 * 1024, /* of C, so that the epilogue finds them in L1 */
};

/* How much of K and of the columns is worked on at a time, and which operands are copied. */
typedef struct blocking {
    int64_t k, columns;
    bool copies_a, copies_b;
} blocking;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* `total` in equal parts of at most `most`, which are multiples of `unit`. */
static int64_t part_of(int64_t total, int64_t most, int64_t unit) {
    int64_t parts = (total + most - 1) / most;
    int64_t part = (total + parts - 1) / parts;
    return (part + unit - 1) / unit * unit;
}

static blocking blocking_of(const aj_product *p) {
    const aj_tiles *tiles = p->tiles;
    int64_t width = AJ_PANEL_BYTES / p->bytes, columns = p->column_end - p->column_begin;
    int64_t rows = p->row_end - p->row_begin, all_columns = (columns + width - 1) / width * width;
    blocking block = {p->k, all_columns, false, false};
    bool scattered = p->b.row > tiles->in_place_bytes && rows > tiles->in_place_rows;
    block.copies_b = !p->panels && (p->b.step != p->bytes || scattered);
    block.copies_a = rows > tiles->tiles[0].rows && columns >= tiles->packing_columns;
    if (rows <= tiles->tiles[0].rows && !block.copies_b) { /* B is read once */
        if (!p->panels && p->b.row > tiles->in_place_bytes) block.k = smaller(p->k, tiles->in_place_k);
        return block;
    }
    block.k = part_of(p->k, tiles->block_k, LINE / p->bytes);
    int64_t most = tiles->block_bytes / (block.k * p->bytes);
    block.columns = part_of(all_columns, most < width ? width : most, width);
    return block;
}

static int64_t bytes_of_b(const aj_product *p, const blocking *block) {
    if (block->copies_b) return block->k * block->columns * p->bytes;
    return p->panels || p->n * p->bytes >= AJ_PANEL_BYTES ? 0 : block->k * AJ_PANEL_BYTES;
}

size_t aj_gemm_scratch(const aj_product *p) {
    if (p->dots) return p->a.step == p->bytes ? 0 : (size_t)(p->m * p->k * p->bytes);
    blocking block = blocking_of(p);
    int64_t bytes_a = block.copies_a ? p->tiles->packed.rows * block.k * p->bytes : 0;
    return (size_t)(bytes_of_b(p, &block) + bytes_a);
}

/* A block of B: whole panels, and the one that the matrix' last columns do not fill. */
typedef struct block_of_b {
    int64_t k, columns;
    const char *panels; /* panel p's row i at panels + p panel + i row */
    int64_t row, panel;
    const char *rest;   /* [k][128 bytes], `rest_row` apart            */
    int64_t rest_row, rest_at; /* where its part of a row begins, in bytes */
} block_of_b;

/* B[k0, k0 + k)[column, column + columns); what is copied goes to the scratch memory's begin. */
static block_of_b take_b(const aj_product *p, const blocking *block, int64_t column, int64_t k0) {
    int64_t width = AJ_PANEL_BYTES / p->bytes;
    block_of_b b = {.k = smaller(p->k - k0, block->k), .columns = smaller(p->column_end - column, block->columns)};
    int64_t whole = b.columns / width;
    if (p->panels) {
        b.panels = p->b.data + (column * p->k + k0 * width) * p->bytes;
        b.row = AJ_PANEL_BYTES;
        b.panel = p->k * AJ_PANEL_BYTES;
    } else {
        aj_matrix from = {p->b.data + k0 * p->b.row + column * p->b.step, p->b.row, p->b.step};
        if (block->copies_b) {
            aj_pack_panels(p->tiles, p->scratch, from, b.k, b.columns, p->bytes);
            b.panels = p->scratch;
            b.row = AJ_PANEL_BYTES;
            b.panel = b.k * AJ_PANEL_BYTES;
        } else {
            b.panels = from.data;
            b.row = from.row;
            b.panel = AJ_PANEL_BYTES;
            if (b.columns > whole * width && p->n >= width) {
                b.rest_at = ((whole + 1) * width - b.columns) * p->bytes;
                b.rest = from.data + whole * AJ_PANEL_BYTES - b.rest_at;
                b.rest_row = from.row;
                return b;
            }
            if (b.columns > whole * width) {
                from.data += whole * AJ_PANEL_BYTES;
                aj_pack_panels(p->tiles, p->scratch, from, b.k, b.columns - whole * width, p->bytes);
                b.rest = p->scratch;
                b.rest_row = AJ_PANEL_BYTES;
                return b;
            }
        }
    }
    b.rest = b.panels + whole * b.panel;
    b.rest_row = b.row;
    return b;
}

/* C[rows][b->columns] (+)= A[rows][b->k] B by one tile function. */
static void run_tile(const aj_product *p, aj_tile tile, aj_matrix a, const block_of_b *b, char *c, int64_t rows,
                     bool accumulate) {
    int64_t width = AJ_PANEL_BYTES / p->bytes, whole = b->columns / width, rest = b->columns % width;
    tile(b->k, a.data, a.row, a.step, b->panels, b->row, b->panel, whole, c, p->row_c, rows, accumulate);
    if (rest == 0) return;
    _Alignas(LINE) char sums[AJ_MOST_ROWS * AJ_PANEL_BYTES];
    c += whole * AJ_PANEL_BYTES;
    if (accumulate)
        for (int64_t r = 0; r < rows; r++)
            memcpy(sums + r * AJ_PANEL_BYTES + b->rest_at, c + r * p->row_c, (size_t)(rest * p->bytes));
    tile(b->k, a.data, a.row, a.step, b->rest, b->rest_row, 0, 1, sums, AJ_PANEL_BYTES, rows, accumulate);
    for (int64_t r = 0; r < rows; r++)
        memcpy(c + r * p->row_c, sums + r * AJ_PANEL_BYTES + b->rest_at, (size_t)(rest * p->bytes));
}

/* Part `part` of `parts` of the next rows of A is fetched into L2. */
static void fetch_rows(const aj_matrix *a, int64_t rows, int64_t k, int64_t bytes, int64_t part, int64_t parts) {
    int64_t begin = k * part / parts, end = k * (part + 1) / parts;
    if (a->row == bytes) {
        for (int64_t i = begin; i < end; i++) __builtin_prefetch(a->data + i * a->step, 0, 2);
    } else if (a->step == bytes) {
        for (int64_t r = 0; r < rows; r++)
            for (int64_t at = begin * bytes; at < end * bytes; at += LINE)
                __builtin_prefetch(a->data + r * a->row + at, 0, 2);
    }
}

/* The same by the tile of packed rows; the next rows of A come from memory meanwhile. */
static void run_packed(const aj_product *p, char *copy, int64_t rows, const aj_matrix *next, int64_t next_rows,
                       const block_of_b *b, char *c, bool accumulate) {
    enum { PANELS = 4 };
    int64_t width = AJ_PANEL_BYTES / p->bytes, parts = (b->columns + PANELS * width - 1) / (PANELS * width);
    aj_matrix a = {copy, p->bytes, p->tiles->packed.rows * p->bytes};
    block_of_b some = *b;
    for (int64_t part = 0; part < parts; part++) {
        some.columns = smaller(b->columns - part * PANELS * width, PANELS * width);
        run_tile(p, p->tiles->packed.run, a, &some, c, rows, accumulate);
        if (parts > 1) fetch_rows(next, next_rows, b->k, p->bytes, part, parts);
        some.panels += PANELS * b->panel;
        c += PANELS * AJ_PANEL_BYTES;
    }
}

/* The same by the tiles that fit the rows best. */
static void run_rows(const aj_product *p, aj_matrix a, const block_of_b *b, char *c, int64_t rows, bool accumulate) {
    while (rows > 0) {
        const aj_tile_of_rows *tile = aj_tile_for(p->tiles, rows);
        int64_t count = smaller(rows, tile->rows);
        run_tile(p, tile->run, a, b, c, count, accumulate);
        a.data += count * a.row;
        c += count * p->row_c;
        rows -= count;
    }
}

/* The epilogue on C[i0, i1)[j0, j1). */
static int32_t finish(const aj_product *p, int64_t i0, int64_t i1, int64_t j0, int64_t j1) {
    if (!p->epilogue) return 0;
    if (p->swapped) return aj_walk_range(p->epilogue, p->first + j0 * p->m, p->first + j1 * p->m);
    if (j1 - j0 == p->n) return aj_walk_range(p->epilogue, p->first + i0 * p->n, p->first + i1 * p->n);
    int32_t fault = 0;
    for (int64_t i = i0; i < i1; i++)
        fault |= aj_walk_range(p->epilogue, p->first + i * p->n + j0, p->first + i * p->n + j1);
    return fault;
}

/* All rows times columns that are contiguous along K. */
static void run_dots(const aj_product *p) {
    aj_matrix a = p->a;
    if (a.step != p->bytes) {
        aj_copy_matrix(p->tiles, p->scratch, p->k * p->bytes, a, p->m, p->k, p->bytes);
        a = (aj_matrix){p->scratch, p->k * p->bytes, p->bytes};
    }
    const char *b = p->b.data + p->column_begin * p->b.step;
    char *c = p->c + p->column_begin * p->step_c;
    for (int64_t i = p->row_begin; i < p->row_end;) {
        int64_t rows = p->row_end - i;
        const aj_dot_of_rows *dot = &p->tiles->dots[rows == 1];
        if (rows > dot->rows) rows = dot->rows;
        dot->run(p->k, a.data + i * a.row, a.row, rows, b, p->b.step, p->column_end - p->column_begin, c + i * p->row_c,
                 p->row_c, p->step_c);
        i += rows;
    }
}

/* All rows times one block of B; `finishes`: the sums are then complete. */
static int32_t run_block(const aj_product *p, const blocking *block, const block_of_b *b, int64_t column, int64_t k0,
                         bool finishes) {
    const aj_tile_of_rows *packed = &p->tiles->packed;
    int64_t batch = FINISHED_BYTES / (b->columns * p->bytes), finished = p->row_begin;
    char *copy = p->scratch + bytes_of_b(p, block);
    int32_t fault = 0;
    for (int64_t i = p->row_begin; i < p->row_end;) {
        int64_t rows = smaller(p->row_end - i, packed->rows);
        aj_matrix a = {p->a.data + i * p->a.row + k0 * p->a.step, p->a.row, p->a.step};
        char *c = p->c + i * p->row_c + column * p->bytes;
        if (block->copies_a && rows > p->tiles->tiles[0].rows) {
            aj_pack_rows(p->tiles, copy, a, rows, b->k, p->bytes);
            aj_matrix next = {a.data + rows * a.row, a.row, a.step};
            run_packed(p, copy, rows, &next, smaller(p->row_end - i - rows, packed->rows), b, c, k0 != 0);
        } else {
            run_rows(p, a, b, c, rows, k0 != 0);
        }
        i += rows;
        if (finishes && (i - finished >= batch || i == p->row_end)) {
            fault |= finish(p, finished, i, column, column + b->columns);
            finished = i;
        }
    }
    return fault;
}

int32_t aj_gemm(const aj_product *p) {
    if (p->dots) {
        run_dots(p);
        return finish(p, p->row_begin, p->row_end, p->column_begin, p->column_end);
    }
    blocking block = blocking_of(p);
    int32_t fault = 0;
    for (int64_t column = p->column_begin; column < p->column_end; column += block.columns) {
        for (int64_t k0 = 0; k0 < p->k; k0 += block.k) {
            block_of_b b = take_b(p, &block, column, k0);
            fault |= run_block(p, &block, &b, column, k0, k0 + block.k >= p->k);
        }
    }
    return fault;
}
