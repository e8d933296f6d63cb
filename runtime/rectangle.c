/* Copies between strided memory and contiguous buffers: runs, and rectangles that may be transposed. */
#include "rectangle.h"

#include "libc.h"

typedef uint64_t pair __attribute__((vector_size(16)));

#define COPY_ELEMENTS(T)                                              \
    for (; count > 0; count--, to += to_step, from += from_step) {    \
        T element;                                                    \
        __builtin_memcpy(&element, from, sizeof element);             \
        __builtin_memcpy(to, &element, sizeof element);               \
    }

void aj_plan_copy(char *to, int64_t to_step, const char *from, int64_t from_step, int64_t count, int64_t bytes) {
    if (to_step == bytes && from_step == bytes) {
        memcpy(to, from, (size_t)(count * bytes));
    } else if (bytes == 4) {
        COPY_ELEMENTS(uint32_t)
    } else if (bytes == 8) {
        COPY_ELEMENTS(uint64_t)
    } else if (bytes == 1) {
        COPY_ELEMENTS(uint8_t)
    } else if (bytes == 2) {
        COPY_ELEMENTS(uint16_t)
    } else {
        COPY_ELEMENTS(pair)
    }
}

void aj_plan_repeat(char *to, int64_t filled, int64_t all) {
    for (; filled < all; filled *= 2) memcpy(to + filled, to, (size_t)(filled < all - filled ? filled : all - filled));
}

void aj_plan_gather(char *to, const char *from, int64_t stride, int64_t count, int64_t bytes) {
    if (stride == 0) {
        if (count <= 0) return;
        memcpy(to, from, (size_t)bytes);
        aj_plan_repeat(to, bytes, count * bytes);
    } else {
        aj_plan_copy(to, bytes, from, stride, count, bytes);
    }
}

__attribute__((noinline)) void aj_plan_scatter(char *to, const char *from, int64_t stride, int64_t count, int64_t bytes) {
    aj_plan_copy(to, stride, from, bytes, count, bytes);
}

/* A block of 4 x 4 elements of 4 bytes, columns `step` bytes apart becoming rows `pitch` bytes apart, and back. */
typedef uint32_t quad __attribute__((vector_size(16)));

static inline quad load_quad(const char *from) {
    quad q;
    memcpy(&q, from, sizeof q);
    return q;
}

static inline void transpose_quads(char *to, int64_t pitch, const char *from, int64_t step) {
    quad a = load_quad(from), b = load_quad(from + step), c = load_quad(from + 2 * step);
    quad d = load_quad(from + 3 * step);
    quad low = __builtin_shufflevector(a, b, 0, 4, 1, 5), high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    quad low2 = __builtin_shufflevector(c, d, 0, 4, 1, 5), high2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    quad rows[4] = {__builtin_shufflevector(low, low2, 0, 1, 4, 5), __builtin_shufflevector(low, low2, 2, 3, 6, 7),
                    __builtin_shufflevector(high, high2, 0, 1, 4, 5), __builtin_shufflevector(high, high2, 2, 3, 6, 7)};
    for (int32_t i = 0; i < 4; i++) memcpy(to + i * pitch, &rows[i], sizeof rows[i]);
}

static inline void transpose_pairs(char *to, int64_t pitch, const char *from, int64_t step) {
    pair a, b;
    memcpy(&a, from, sizeof a);
    memcpy(&b, from + step, sizeof b);
    pair low = __builtin_shufflevector(a, b, 0, 2), high = __builtin_shufflevector(a, b, 1, 3);
    memcpy(to, &low, sizeof low);
    memcpy(to + pitch, &high, sizeof high);
}

/* to[r * pitch + c * bytes] = from[r * bytes + c * step]. A column is a run of memory: all its rows go at once. */
static void transpose(char *to, int64_t pitch, const char *from, int64_t step, int64_t rows, int64_t columns,
                      int64_t bytes) {
    int64_t side = bytes == 4 ? 4 : bytes == 8 ? 2 : 1, high = rows - rows % side, wide = columns - columns % side;
    if (side == 1) high = wide = 0;
    for (int64_t c = 0; c < wide; c += side) {
        const char *column = from + c * step;
        if (side == 4) {
            for (int64_t r = 0; r < high; r += 4) transpose_quads(to + r * pitch + c * 4, pitch, column + r * 4, step);
        } else {
            for (int64_t r = 0; r < high; r += 2) transpose_pairs(to + r * pitch + c * 8, pitch, column + r * 8, step);
        }
    }
    for (int64_t r = 0; wide < columns && r < high; r++)
        aj_plan_gather(to + r * pitch + wide * bytes, from + r * bytes + wide * step, step, columns - wide, bytes);
    for (int64_t r = high; r < rows; r++) aj_plan_gather(to + r * pitch, from + r * bytes, step, columns, bytes);
}

void aj_rectangle_gather(const aj_rectangle *t, int64_t rows, int64_t columns, int64_t bytes) {
    if (t->row == bytes) {
        transpose(t->buffer, t->pitch, t->data, t->column, rows, columns, bytes);
    } else {
        for (int64_t r = 0; r < rows; r++)
            aj_plan_gather(t->buffer + r * t->pitch, t->data + r * t->row, t->column, columns, bytes);
    }
}

void aj_rectangle_scatter(const aj_rectangle *t, int64_t rows, int64_t columns, int64_t bytes) {
    if (t->row == bytes && rows > 1) {
        /* The other way round: a column of the buffer becomes a run of the data. */
        for (int64_t c = 0; c < columns; c++)
            aj_plan_gather(t->data + c * t->column, t->buffer + c * bytes, t->pitch, rows, bytes);
    } else {
        for (int64_t r = 0; r < rows; r++)
            aj_plan_scatter(t->data + r * t->row, t->buffer + r * t->pitch, t->column, columns, bytes);
    }
}
