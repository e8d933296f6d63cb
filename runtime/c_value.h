/* Values in the memory form of C (model.h). */
#ifndef AJ_C_VALUE_H
#define AJ_C_VALUE_H

#include "instance.h"
#include "value.h"

/* Size and alignment of a type's memory form. */
typedef struct aj_c_form {
    size_t bytes, alignment;
} aj_c_form;
/* What stands before the value of a future: int32_t status; aotjit_str error. */
enum { AJ_FUTURE_HEAD = 8 + sizeof(aotjit_str) };
aj_c_form aj_c_form_of(const aj_instance *self, const char *code);
aj_c_form aj_c_class_form(const aj_instance *self, const char *code); /* c_object.c, where such types cross */
aj_c_form aj_c_box_form(const aj_instance *self, const char *code);
/* Memory that lives as long as kept objects do: until the instance's next call. */
int32_t aj_kept_memory(aj_instance *self, size_t bytes, void **out);
/* The words of the value at `memory`; `name` is the argument's. */
int32_t aj_import_c(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
/* Keeps an object until the instance's next call from C; takes the reference. */
int32_t aj_keep(aj_instance *self, aj_object *object);
int32_t aj_import_c_tensor(aj_instance *self, const char *name, const DLTensor *in, aj_word *out);
/* Takes the references in `value`. What the form points to is kept until the instance's next call. */
int32_t aj_export_c(aj_instance *self, const char *code, const aj_word *value, void *memory);

#endif
