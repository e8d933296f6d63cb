/* The checked call, shared by the C interface (c_call.c) and the Python entry (python_call.c). */
#ifndef AJ_CALL_H
#define AJ_CALL_H

#include "instance.h"
#include "value.h"

enum { AJ_MAX_SYMBOLS = 64, AJ_INLINE_WORDS = 64 };

/* Forgets the last error and takes back memory that other threads returned. */
void aj_call_begin(aj_instance *self);
/* Checks every tensor, runs the entry. Takes the references in `arguments` whatever happens; `results` are owned by the
 * caller on success and undefined otherwise. */
int32_t aj_call_entry(aj_instance *self, const aj_entry *entry, aj_word *arguments, aj_word *results);

#endif
