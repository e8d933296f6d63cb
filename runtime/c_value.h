/* Values in the memory form of C (model.h). */
#ifndef AJ_C_VALUE_H
#define AJ_C_VALUE_H

#include "instance.h"
#include "value.h"

/* The words of the value at `memory`; `name` is the argument's. */
int32_t aj_import_c(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_import_c_tensor(aj_instance *self, const char *name, const DLTensor *in, aj_word *out);
/* Takes the references in `value`. What the form points to is kept until the instance's next call. */
int32_t aj_export_c(aj_instance *self, const char *code, const aj_word *value, void *memory);

#endif
