/* Blocking after Goto and van de Geijn (2008): a panel of A stays in L1, a packed block of A in L2. */
#include "gemm.h"

#include "libc.h"

enum {
    /* A packed block of A is at most 768 KiB for tiles of 14 rows (AVX-512, where L2 has a MiB and more), else 192. */
    WIDE_TILE = 14, WIDE_K = 1024, WIDE_BYTES = 768 * 1024,
    NARROW_K = 256, NARROW_BYTES = 192 * 1024,
    BLOCK_C_BYTES = 1024 * 1024, /* of C, so that the epilogue finds it in the cache */
};

/* Rows and steps of K in one packed block of A. */
typedef struct block_size {
    int64_t m, k;
} block_size;

static block_size block_of(const aj_product *p) {
    int64_t rows = p->tiles->rows;
    int64_t most_k = rows >= WIDE_TILE ? WIDE_K : NARROW_K, bytes = rows >= WIDE_TILE ? WIDE_BYTES : NARROW_BYTES;
    int64_t parts = (p->k + most_k - 1) / most_k;
    block_size block = {0, (p->k + parts - 1) / parts};
    block.m = bytes / (block.k * p->bytes);
    int64_t limit = BLOCK_C_BYTES / (p->n * p->bytes + 1), all = (p->m + rows - 1) / rows * rows;
    if (block.m > limit) block.m = limit;
    block.m -= block.m % rows;
    if (block.m < 2 * rows) block.m = 2 * rows;
    if (block.m > all) block.m = all;
    return block;
}

size_t aj_gemm_scratch(const aj_product *p) {
    if (p->m <= AJ_STRIP_ROWS) return 0;
    block_size block = block_of(p);
    return (size_t)(block.m * block.k * p->bytes);
}

/* Rows [begin, end) of A, columns [k0, k0 + count), as panels of [count][rows], the last filled with zeros. */
#define PACK_A(T)                                                                                             \
    static void pack_row_##T(T *to, const char *from, int64_t step, int64_t count, int64_t rows) {            \
        for (int64_t k = 0; k < count; k++, from += step, to += rows) __builtin_memcpy(to, from, sizeof(T));  \
    }                                                                                                         \
    static void pack_a_##T(T *to, aj_matrix a, int64_t begin, int64_t end, int64_t k0, int64_t count, int64_t rows) { \
        for (int64_t i = begin; i < end; i += rows, to += rows * count) {                                     \
            int64_t valid = end - i < rows ? end - i : rows, r = 0;                                           \
            const char *from = a.data + i * a.row + k0 * a.step;                                              \
            if (a.step == sizeof(T) && sizeof(T) == 4)                                                        \
                for (; r + 4 <= valid; r += 4) pack_four_rows(to + r, from + r * a.row, a.row, count, rows);  \
            for (; r < valid; r++) pack_row_##T(to + r, from + r * a.row, a.step, count, rows);               \
            for (; r < rows; r++)                                                                             \
                for (int64_t k = 0; k < count; k++) to[k * rows + r] = 0;                                     \
        }                                                                                                     \
    }

typedef float vector4 __attribute__((vector_size(16)));

static vector4 load4(const char *from) {
    vector4 v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

/* Four contiguous rows of f32 at once: 4 x 4 blocks are transposed in registers. */
static void pack_four_rows(void *to, const char *from, int64_t row, int64_t count, int64_t rows) {
    char *out = (char *)to;
    int64_t k = 0, step = rows * 4;
    for (; k + 4 <= count; k += 4, from += 16) {
        vector4 a = load4(from), b = load4(from + row), c = load4(from + 2 * row), d = load4(from + 3 * row);
        vector4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        vector4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
        vector4 columns[4] = {
            __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
            __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
            __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7),
        };
        for (int32_t i = 0; i < 4; i++, out += step) __builtin_memcpy(out, &columns[i], 16);
    }
    for (; k < count; k++, from += 4, out += step)
        for (int32_t r = 0; r < 4; r++) __builtin_memcpy(out + 4 * r, from + r * row, 4);
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

/* Few rows, and columns of B that are contiguous: four scalar products at a time, each in one vector of sums. */
#define DOTS(T, V)                                                                                             \
    typedef T V __attribute__((vector_size(16)));                                                              \
    static V load_##V(const T *from) {                                                                         \
        V v;                                                                                                   \
        __builtin_memcpy(&v, from, sizeof v);                                                                  \
        return v;                                                                                              \
    }                                                                                                          \
    static T sum_##V(V sums, const T *a, const T *b, int64_t rest) {                                           \
        T sum = 0;                                                                                             \
        for (uint32_t l = 0; l < 16 / sizeof(T); l++) sum += sums[l];                                          \
        for (int64_t l = 0; l < rest; l++) sum += a[l] * b[l];                                                 \
        return sum;                                                                                            \
    }                                                                                                          \
    static void four_##V(const T *a, const T *b0, const T *b1, const T *b2, const T *b3, int64_t k, T *out) {  \
        V s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};                                                              \
        int64_t i = 0, lanes = 16 / sizeof(T);                                                                 \
        for (; i + lanes <= k; i += lanes) {                                                                   \
            V x = load_##V(a + i);                                                                             \
            s0 += x * load_##V(b0 + i);                                                                        \
            s1 += x * load_##V(b1 + i);                                                                        \
            s2 += x * load_##V(b2 + i);                                                                        \
            s3 += x * load_##V(b3 + i);                                                                        \
        }                                                                                                      \
        out[0] = sum_##V(s0, a + i, b0 + i, k - i);                                                            \
        out[1] = sum_##V(s1, a + i, b1 + i, k - i);                                                            \
        out[2] = sum_##V(s2, a + i, b2 + i, k - i);                                                            \
        out[3] = sum_##V(s3, a + i, b3 + i, k - i);                                                            \
    }                                                                                                          \
    static void dots_##V(const aj_product *p, const char *a, char *c) {                                        \
        int64_t last = p->column_end - 1;                                                                      \
        for (int64_t j = p->column_begin; j <= last; j += 4) {                                                 \
            const T *b[4];                                                                                     \
            T out[4];                                                                                          \
            for (int64_t q = 0; q < 4; q++)                                                                    \
                b[q] = (const T *)(const void *)(p->b + (j + q < last ? j + q : last) * p->row_b);             \
            four_##V((const T *)(const void *)a, b[0], b[1], b[2], b[3], p->k, out);                           \
            memcpy(c + j * (int64_t)sizeof(T), out, (size_t)(last - j < 3 ? last - j + 1 : 4) * sizeof(T));    \
        }                                                                                                      \
    }

DOTS(float, floats)
DOTS(double, doubles)

static void dots(const aj_product *p) {
    for (int64_t i = p->row_begin; i < p->row_end; i++) {
        const char *a = p->a.data + i * p->a.row;
        char *c = p->c + i * p->row_c;
        if (p->bytes == 4) dots_floats(p, a, c); else dots_doubles(p, a, c);
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
    if (p->m <= AJ_STRIP_ROWS) {
        if (p->transposed) dots(p); else strips(p);
        return finish(p, p->row_begin, p->row_end);
    }
    int32_t fault = 0;
    block_size size = block_of(p);
    for (int64_t i0 = p->row_begin; i0 < p->row_end; i0 += size.m) {
        int64_t i1 = p->row_end - i0 < size.m ? p->row_end : i0 + size.m;
        for (int64_t k0 = 0; k0 < p->k; k0 += size.k) {
            int64_t count = p->k - k0 < size.k ? p->k - k0 : size.k;
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
