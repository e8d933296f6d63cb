/* Blocking after Goto and van de Geijn (2008): a panel of B stays in L1, a packed block of A in L2. */
#include "gemm.h"

#include "libc.h"

enum {
    BLOCK_K = 256,              /* a panel of that many rows is 32 KiB                      */
    BLOCK_M = 504,              /* 14 * 36 rows: a packed block of f32 is 504 KiB           */
    STRIP_ROWS = 8,             /* up to here rows are not worth packing                    */
    BLOCK_C_BYTES = 1024 * 1024 /* of C, so that the epilogue finds it in the cache         */
};

static int64_t block_rows(const aj_product *p) {
    int64_t rows = p->tiles->rows, limit = BLOCK_C_BYTES / (p->n * p->bytes + 1);
    int64_t block = limit < BLOCK_M ? limit : BLOCK_M;
    block -= block % rows;
    return block < 2 * rows ? 2 * rows : block;
}

size_t aj_gemm_scratch(const aj_product *p) {
    if (p->m <= STRIP_ROWS) return 0;
    int64_t rows = p->tiles->rows, block = block_rows(p), m = (p->m + rows - 1) / rows * rows;
    int64_t k = p->k < BLOCK_K ? p->k : BLOCK_K;
    return (size_t)((m < block ? m : block) * k * p->bytes);
}

/* Rows [begin, end) of A, columns [k0, k0 + count), as panels of [count][rows], the last filled with zeros. */
#define PACK_A(T)                                                                                             \
    static void pack_a_##T(T *to, aj_matrix a, int64_t begin, int64_t end, int64_t k0, int64_t count, int64_t rows) { \
        for (int64_t i = begin; i < end; i += rows, to += rows * count) {                                     \
            int64_t valid = end - i < rows ? end - i : rows;                                                  \
            for (int64_t r = 0; r < valid; r++) {                                                             \
                const char *from = a.data + (i + r) * a.row + k0 * a.step;                                    \
                T *column = to + r;                                                                           \
                for (int64_t k = 0; k < count; k++, from += a.step, column += rows)                           \
                    __builtin_memcpy(column, from, sizeof(T));                                                \
            }                                                                                                 \
            for (int64_t r = valid; r < rows; r++)                                                            \
                for (int64_t k = 0; k < count; k++) to[k * rows + r] = 0;                                     \
        }                                                                                                     \
    }

PACK_A(float)
PACK_A(double)

#define PACK_B(T)                                                                                  \
    static void pack_b_##T(T *to, aj_matrix b, int64_t k, int64_t n, int64_t first) {              \
        enum { WIDTH = AJ_PANEL_BYTES / sizeof(T) };                                               \
        for (int64_t j = first * WIDTH; j < n; j += WIDTH, to += k * WIDTH) {                      \
            int64_t valid = n - j < WIDTH ? n - j : WIDTH;                                         \
            const char *from = b.data + j * b.step;                                                \
            if (valid == WIDTH && b.step == sizeof(T)) {                                           \
                for (int64_t i = 0; i < k; i++)                                                    \
                    __builtin_memcpy(to + i * WIDTH, from + i * b.row, AJ_PANEL_BYTES);            \
                continue;                                                                          \
            }                                                                                      \
            for (int64_t c = 0; c < WIDTH; c++) {                                                  \
                for (int64_t i = 0; i < k; i++) {                                                  \
                    T element = 0;                                                                 \
                    if (c < valid) __builtin_memcpy(&element, from + i * b.row + c * b.step, sizeof(T)); \
                    to[i * WIDTH + c] = element;                                                   \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

PACK_B(float)
PACK_B(double)

void aj_pack_b(char *to, aj_matrix b, int64_t k, int64_t n, int64_t first, int64_t bytes) {
    if (bytes == 4) {
        pack_b_float((float *)(void *)to, b, k, n, first);
    } else {
        pack_b_double((double *)(void *)to, b, k, n, first);
    }
}

/* Where panel `index` of B starts, and its rows' distance. */
static const char *panel_of(const aj_product *p, int64_t index, int64_t *row_b) {
    if (index >= p->tail_panel) {
        *row_b = AJ_PANEL_BYTES;
        return p->tail + (index - p->tail_panel) * p->k * AJ_PANEL_BYTES;
    }
    *row_b = p->row_b;
    return p->b + index * p->panel;
}

/* Few rows: B is streamed once, A is read where it is. */
static void strips(const aj_product *p) {
    int64_t width = AJ_PANEL_BYTES / p->bytes;
    for (int64_t i = p->row_begin; i < p->row_end; i += 4) {
        int64_t rows = p->row_end - i < 4 ? p->row_end - i : 4;
        aj_strip strip = rows == 1 ? p->tiles->one : p->tiles->four;
        const char *a = p->a.data + i * p->a.row;
        int64_t panel = p->column_begin / width, full = p->column_end / width;
        while (panel < full) {
            int64_t row_b, count = (panel < p->tail_panel && full > p->tail_panel ? p->tail_panel : full) - panel;
            const char *b = panel_of(p, panel, &row_b);
            int64_t distance = panel < p->tail_panel ? p->panel : p->k * AJ_PANEL_BYTES;
            char *c = p->c + i * p->row_c + panel * AJ_PANEL_BYTES;
            strip(p->k, a, p->a.row, p->a.step, b, row_b, distance, count, c, p->row_c, rows);
            panel += count;
        }
        if (panel * width < p->column_end) {
            _Alignas(64) char tile[4 * AJ_PANEL_BYTES];
            int64_t row_b;
            const char *b = panel_of(p, panel, &row_b);
            strip(p->k, a, p->a.row, p->a.step, b, row_b, 0, 1, tile, AJ_PANEL_BYTES, rows);
            size_t rest = (size_t)((p->column_end - panel * width) * p->bytes);
            for (int64_t r = 0; r < rows; r++)
                memcpy(p->c + (i + r) * p->row_c + panel * AJ_PANEL_BYTES, tile + r * AJ_PANEL_BYTES, rest);
        }
    }
}

#define ADD_TILE(T)                                                                                        \
    static void add_tile_##T(T *c, int64_t row_c, const T *tile, int64_t rows, int64_t columns, bool accumulate) { \
        enum { WIDTH = AJ_PANEL_BYTES / sizeof(T) };                                                       \
        for (int64_t r = 0; r < rows; r++, c = (T *)(void *)((char *)c + row_c), tile += WIDTH)            \
            for (int64_t j = 0; j < columns; j++) c[j] = accumulate ? c[j] + tile[j] : tile[j];            \
    }

ADD_TILE(float)
ADD_TILE(double)

/* A tile that sticks out of C goes through a buffer. */
static void edge_tile(const aj_product *p, int64_t k, const char *a, const char *b, int64_t row_b, char *c,
                      int64_t rows, int64_t columns, bool accumulate) {
    _Alignas(64) char tile[16 * AJ_PANEL_BYTES];
    p->tiles->tile(k, a, b, row_b, tile, AJ_PANEL_BYTES, 0);
    if (p->bytes == 4) {
        add_tile_float((float *)(void *)c, p->row_c, (const float *)(const void *)tile, rows, columns, accumulate);
    } else {
        add_tile_double((double *)(void *)c, p->row_c, (const double *)(const void *)tile, rows, columns, accumulate);
    }
}

/* One packed block of A times the product's panels. */
static void block(const aj_product *p, int64_t i0, int64_t i1, int64_t k0, int64_t count) {
    int64_t rows = p->tiles->rows, width = AJ_PANEL_BYTES / p->bytes;
    for (int64_t j = p->column_begin; j < p->column_end; j += width) {
        int64_t columns = p->column_end - j < width ? p->column_end - j : width, row_b;
        const char *b = panel_of(p, j / width, &row_b);
        b += k0 * row_b;
        const char *a = p->scratch;
        for (int64_t i = i0; i < i1; i += rows, a += rows * count * p->bytes) {
            char *c = p->c + i * p->row_c + j * p->bytes;
            int64_t valid = i1 - i < rows ? i1 - i : rows;
            if (valid == rows && columns == width) {
                p->tiles->tile(count, a, b, row_b, c, p->row_c, k0 != 0);
            } else {
                edge_tile(p, count, a, b, row_b, c, valid, columns, k0 != 0);
            }
        }
    }
}

/* The epilogue on rows [i0, i1) of the product's columns. */
static int32_t finish(const aj_product *p, int64_t i0, int64_t i1) {
    if (!p->epilogue) return 0;
    if (p->column_begin == 0 && p->column_end == p->n)
        return aj_walk_range(p->epilogue, p->first + i0 * p->n, p->first + i1 * p->n);
    int32_t fault = 0;
    for (int64_t i = i0; i < i1; i++) {
        int64_t row = p->first + i * p->n;
        fault |= aj_walk_range(p->epilogue, row + p->column_begin, row + p->column_end);
    }
    return fault;
}

int32_t aj_gemm(const aj_product *p) {
    if (p->m <= STRIP_ROWS) {
        strips(p);
        return finish(p, p->row_begin, p->row_end);
    }
    int32_t fault = 0;
    int64_t step = block_rows(p);
    for (int64_t i0 = p->row_begin; i0 < p->row_end; i0 += step) {
        int64_t i1 = p->row_end - i0 < step ? p->row_end : i0 + step;
        for (int64_t k0 = 0; k0 < p->k; k0 += BLOCK_K) {
            int64_t count = p->k - k0 < BLOCK_K ? p->k - k0 : BLOCK_K;
            if (p->bytes == 4) {
                pack_a_float((float *)(void *)p->scratch, p->a, i0, i1, k0, count, p->tiles->rows);
            } else {
                pack_a_double((double *)(void *)p->scratch, p->a, i0, i1, k0, count, p->tiles->rows);
            }
            block(p, i0, i1, k0, count);
        }
        fault |= finish(p, i0, i1);
    }
    return fault;
}

/* The element as an integer that is right modulo 2**64. */
static uint64_t load_integer(const char *from, int64_t bytes) {
    if (bytes == 8) return *(const uint64_t *)(const void *)from;
    if (bytes == 4) return *(const uint32_t *)(const void *)from;
    return bytes == 2 ? *(const uint16_t *)(const void *)from : *(const uint8_t *)from;
}

void aj_integer_product(aj_matrix a, aj_matrix b, char *c, int64_t m, int64_t n, int64_t k, int64_t bytes) {
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++, c += bytes) {
            uint64_t sum = 0;
            const char *left = a.data + i * a.row, *right = b.data + j * b.step;
            for (int64_t l = 0; l < k; l++, left += a.step, right += b.row)
                sum += load_integer(left, bytes) * load_integer(right, bytes);
            memcpy(c, &sum, (size_t)bytes); /* little endian: the low bytes */
        }
    }
}
