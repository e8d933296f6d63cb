/* Copies between strided memory and contiguous buffers. */
#ifndef AJ_RECTANGLE_H
#define AJ_RECTANGLE_H

#include <stddef.h>
#include <stdint.h>

/* Copies `count` elements that are so many bytes apart on each side. */
void aj_plan_copy(char *to, int64_t to_step, const char *from, int64_t from_step, int64_t count, int64_t bytes);

/* Copies `count` elements from `from` on, `stride` bytes apart, to a contiguous buffer, and back. */
void aj_plan_gather(char *to, const char *from, int64_t stride, int64_t count, int64_t bytes);
void aj_plan_scatter(char *to, const char *from, int64_t stride, int64_t count, int64_t bytes);

/* Goes on with what the first `filled` bytes hold: what is filled is doubled. */
void aj_plan_repeat(char *to, int64_t filled, int64_t all);

/* Rows of elements, `row` bytes apart, elements `column` bytes apart; in the buffer rows are `pitch` bytes apart and
 * elements follow one another. */
typedef struct aj_rectangle {
    char *data, *buffer;
    int64_t row, column, pitch;
} aj_rectangle;

void aj_rectangle_gather(const aj_rectangle *area, int64_t rows, int64_t columns, int64_t bytes);
void aj_rectangle_scatter(const aj_rectangle *area, int64_t rows, int64_t columns, int64_t bytes);

#endif
