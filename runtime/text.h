/* A growing piece of text in the arena, and numbers written into it. */
#ifndef AJ_TEXT_H
#define AJ_TEXT_H

#include "object.h"

typedef struct aj_text {
    aj_instance *self;
    char *data; /* owned; NULL while empty */
    size_t bytes, capacity;
    int32_t nested; /* boxes inside each other that are being written */
    int32_t status; /* AJ_MEMORY_ERROR once it could not grow; later writes do nothing */
} aj_text;

static inline aj_text aj_text_begin(aj_instance *self) { return (aj_text){.self = self}; }
void aj_text_add(aj_text *text, const char *data, size_t bytes);
void aj_text_add_c(aj_text *text, const char *data); /* NUL-terminated */
void aj_text_add_char(aj_text *text, char c);
void aj_text_repeat(aj_text *text, char c, int64_t count); /* nothing when count <= 0 */
void aj_text_add_int(aj_text *text, int64_t value);
void aj_text_discard(aj_text *text);
/* The text as a str; frees the builder. */
int32_t aj_text_end(aj_text *text, aj_str **out);

/* At least 24 bytes; returns the length, no NUL. */
size_t aj_write_int(char *out, int64_t value);

/* -- decimal.c: correctly rounded, no libm. `out` of AJ_DOUBLE_BYTES; returns the length, no NUL. -------------------
 */
enum { AJ_DOUBLE_BYTES = 400 };
size_t aj_write_shortest(char *out, double value);                 /* Python's repr without its ".0": 1e+16, 0.1, 5  */
size_t aj_write_general(char *out, double value, int precision);   /* %.*g, precision 1..20                           */
size_t aj_write_fixed(char *out, double value, int decimals);      /* %.*f, decimals 0..40                            */
size_t aj_write_scientific(char *out, double value, int decimals); /* %.*e, decimals 0..40                            */

/* The double nearest to 0.digits * 10^point, ties to even; digits are 0..9, the first not 0. */
double aj_read_decimal(const char *digits, int32_t count, int32_t point);

#endif
