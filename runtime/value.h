/* Values described by type codes, and Python's index arithmetic. */
#ifndef AJ_VALUE_H
#define AJ_VALUE_H

#include "object.h"

/* The end of the type that starts at `code`. */
const char *aj_code_end(const char *code);
/* How many tensors the type at `code` has outside of instances and boxes. */
int32_t aj_code_tensors(const char *code);
/* Bit k set where word k of a value is an object pointer. */
uint64_t aj_code_references(const char *code);
/* Is the type one nullable pointer to an object? */
static inline bool aj_code_is_pointer(const char *code) {
    return *code == 'T' || *code == 's' || *code == 'L' || *code == 'D' || *code == 'C' || *code == 'A' ||
           *code == 'U' || *code == 'F';
}

/* Values of one type: i b f c d s, O, lists, dicts and tuples of them. Tensors are equal when they are the same object. */
bool aj_values_equal(const char *code, const aj_word *a, const aj_word *b);
/* The same number for equal text, never 0; computed once for each object. codegen/constants.py has it too. */
uint64_t aj_str_hash(aj_str *s);
/* May its hash be written? Literals are read-only, and have theirs. */
static inline bool aj_str_keeps_hash(const aj_str *s) { return s->head.refcount >= 0 || s->head.flags & AJ_LENT; }
/* < 0, 0, > 0; for i b f s and lists and tuples of them. */
int aj_values_compare(const char *code, const aj_word *a, const aj_word *b);

/* The number of a member of the Enum type at `code`, by its name; -1 when there is none. */
int64_t aj_enum_index(const char *code, const char *name, size_t bytes);

/* Python's slice.indices: *start becomes the first index; returns the number of elements. `step` is not 0. */
int64_t aj_slice_bounds(int64_t length, bool has_start, int64_t *start, bool has_end, int64_t end, int64_t step);

static inline double aj_word_double(aj_word word) {
    union { aj_word w; double f; } pun = {.w = word};
    return pun.f;
}
static inline aj_word aj_double_word(double value) {
    union { double f; aj_word w; } pun = {.f = value};
    return pun.w;
}
static inline void *aj_word_pointer(aj_word word) { return (void *)(uintptr_t)word; }

#endif
