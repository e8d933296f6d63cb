/* Tensors, instances and members of enums as torch's C++ side prints them. */
#ifndef AJ_SHOW_H
#define AJ_SHOW_H

#include "text.h"

int32_t aj_show_tensor(aj_text *text, const aj_tensor *t);
void aj_show_instance(aj_text *text, const aj_record *record);
void aj_show_enum(aj_text *text, const char *code, int64_t index); /* `code` is that of the Enum type */

#endif
