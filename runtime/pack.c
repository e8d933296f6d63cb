/* Copies of parts of matrices in the order in which tiles read them. */
#include "gemm.h"
#include "libc.h"

enum { STREAMS = 8 }; /* rows of B read at once: what the processor fetches ahead stops at the end of a 4 KiB page */

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

/* One element after the other: [i][c] to rows of `row` bytes, of in[i][c]. */
static void copy_elements(char *to, int64_t row, aj_matrix in, int64_t rows, int64_t columns, int64_t bytes) {
    for (int64_t i = 0; i < rows; i++, to += row) {
        const char *from = in.data + i * in.row;
        for (int64_t c = 0; c < columns; c++, from += in.step) {
            if (bytes == 4) __builtin_memcpy(to + c * 4, from, 4); else __builtin_memcpy(to + c * 8, from, 8);
        }
    }
}

void aj_copy_matrix(const aj_tiles *tiles, char *to, int64_t row, aj_matrix in, int64_t rows, int64_t columns,
                    int64_t bytes) {
    if (in.step == bytes) {
        for (int64_t i = 0; i < rows; i++) memcpy(to + i * row, in.data + i * in.row, (size_t)(columns * bytes));
    } else if (in.row == bytes && rows >= tiles->side && columns >= tiles->side) {
        tiles->transpose(to, row, in.data, in.step, rows, columns);
    } else {
        copy_elements(to, row, in, rows, columns, bytes);
    }
}

void aj_pack_panels(const aj_tiles *tiles, char *to, aj_matrix b, int64_t k, int64_t count, int64_t bytes) {
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
        aj_copy_matrix(tiles, panel, AJ_PANEL_BYTES, from, k, columns, bytes);
    }
}

void aj_pack_rows(const aj_tiles *tiles, char *to, aj_matrix a, int64_t rows, int64_t k, int64_t bytes) {
    aj_matrix transposed = {a.data, a.step, a.row};
    int64_t all = tiles->packed.rows, row = all * bytes;
    aj_copy_matrix(tiles, to, row, transposed, k, rows, bytes);
    for (int64_t r = rows; r < all; r++) {
        const char *last = to + (rows - 1) * bytes;
        for (int64_t i = 0; i < k; i++) memcpy(to + i * row + r * bytes, last + i * row, (size_t)bytes);
    }
}
