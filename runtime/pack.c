/* Copies of parts of matrices in the order in which tiles read them. */
#include "gemm.h"
#include "libc.h"

enum { STREAMS = 8 }; /* rows of B read at once: what the processor fetches ahead stops at the end of a 4 KiB page */

typedef uint32_t words4 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

/* Rows that are contiguous: 128 bytes of each, a few rows of all panels at a time. */
static void pack_contiguous(char *to, aj_matrix b, int64_t k, int64_t panels) {
    for (int64_t i0 = 0; i0 < k; i0 += STREAMS) {
        int64_t end = k - i0 < STREAMS ? k : i0 + STREAMS;
        for (int64_t j = 0; j < panels; j++) {
            char *panel = to + (j * k + i0) * AJ_PANEL_BYTES;
            const char *from = b.data + i0 * b.row + j * AJ_PANEL_BYTES;
            for (int64_t i = i0; i < end; i++, panel += AJ_PANEL_BYTES, from += b.row)
                __builtin_memcpy(panel, from, AJ_PANEL_BYTES);
        }
    }
}

/* A square of 16-byte vectors, transposed: vector c at `from` + c step becomes column c of rows `row` bytes apart. */
static void transpose_4(char *to, int64_t row, const char *from, int64_t step) {
    words4 a, b, c, d;
    __builtin_memcpy(&a, from, sizeof a);
    __builtin_memcpy(&b, from + step, sizeof b);
    __builtin_memcpy(&c, from + 2 * step, sizeof c);
    __builtin_memcpy(&d, from + 3 * step, sizeof d);
    words4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    words4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    words4 rows[4] = {
        __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
        __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7),
    };
    for (int32_t i = 0; i < 4; i++) __builtin_memcpy(to + i * row, &rows[i], sizeof rows[i]);
}

static void transpose_2(char *to, int64_t row, const char *from, int64_t step) {
    words2 a, b;
    __builtin_memcpy(&a, from, sizeof a);
    __builtin_memcpy(&b, from + step, sizeof b);
    words2 first = __builtin_shufflevector(a, b, 0, 2), second = __builtin_shufflevector(a, b, 1, 3);
    __builtin_memcpy(to, &first, sizeof first);
    __builtin_memcpy(to + row, &second, sizeof second);
}

/* One element after the other: [i][c] to rows of `row` bytes, of in[i][c]. */
static void copy_elements(char *to, int64_t row, aj_matrix in, int64_t rows, int64_t columns, int64_t bytes) {
    for (int64_t i = 0; i < rows; i++, to += row) {
        const char *from = in.data + i * in.row;
        for (int64_t c = 0; c < columns; c++, from += in.step) {
            if (bytes == 4) __builtin_memcpy(to + c * 4, from, 4); else __builtin_memcpy(to + c * 8, from, 8);
        }
    }
}

/* The same where in's columns are contiguous (in.row is an element) and there is at least a square of each. */
static void copy_transposed(char *to, int64_t row, aj_matrix in, int64_t rows, int64_t columns, int64_t bytes) {
    int64_t side = 16 / bytes, whole = rows - rows % side;
    for (int64_t c = 0; c < columns; c += side) {
        if (c > columns - side) c = columns - side; /* the last square overlaps the one before */
        const char *from = in.data + c * in.step;
        char *at = to + c * bytes;
        for (int64_t i = 0; i < whole; i += side, from += 16, at += side * row) {
            if (bytes == 4) transpose_4(at, row, from, in.step); else transpose_2(at, row, from, in.step);
        }
    }
    aj_matrix rest = {in.data + whole * in.row, in.row, in.step};
    copy_elements(to + whole * row, row, rest, rows - whole, columns, bytes);
}

void aj_copy_matrix(char *to, int64_t row, aj_matrix in, int64_t rows, int64_t columns, int64_t bytes) {
    if (in.step == bytes) {
        for (int64_t i = 0; i < rows; i++) memcpy(to + i * row, in.data + i * in.row, (size_t)(columns * bytes));
    } else if (in.row == bytes && columns >= 16 / bytes) {
        copy_transposed(to, row, in, rows, columns, bytes);
    } else {
        copy_elements(to, row, in, rows, columns, bytes);
    }
}

void aj_pack_panels(char *to, aj_matrix b, int64_t k, int64_t count, int64_t bytes) {
    int64_t width = AJ_PANEL_BYTES / bytes, whole = 0;
    if (b.step == bytes) {
        whole = count / width;
        pack_contiguous(to, b, k, whole);
    }
    for (int64_t j = whole; j * width < count; j++) {
        int64_t columns = count - j * width < width ? count - j * width : width;
        char *panel = to + j * k * AJ_PANEL_BYTES;
        aj_matrix from = {b.data + j * width * b.step, b.row, b.step};
        if (columns < width) memset(panel, 0, (size_t)(k * AJ_PANEL_BYTES));
        aj_copy_matrix(panel, AJ_PANEL_BYTES, from, k, columns, bytes);
    }
}

void aj_pack_rows(char *to, aj_matrix a, int64_t rows, int64_t k, int64_t bytes) {
    aj_matrix transposed = {a.data, a.step, a.row};
    aj_copy_matrix(to, rows * bytes, transposed, k, rows, bytes);
}
