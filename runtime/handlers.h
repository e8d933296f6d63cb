/* What the runtime does with values of the types that are more than a word: one row of functions for each kind of type.
 * A model's table (aj_model.handlers) names only those that its signature, its state and its code need, so that the
 * linker leaves the others out; aotjit/codegen/handlers.py says which a program needs. NULL: nothing has that need, or
 * there is no such form. The functions are named aj_<column>_<kind>. */
#ifndef AJ_HANDLERS_H
#define AJ_HANDLERS_H

#include "object.h"

struct aj_text;
struct aj_checker;
struct py_context;
struct py_object;

/* Kinds of types, by the first letter of their code; those of objects have the object's kind. */
enum aj_type_kind {
    AJ_TYPE_OTHER = 0, /* nothing to handle */
    AJ_TYPE_TENSOR = AJ_TENSOR,
    AJ_TYPE_STR = AJ_STR,
    AJ_TYPE_LIST = AJ_LIST,
    AJ_TYPE_DICT = AJ_DICT,
    AJ_TYPE_CLASS = AJ_CLASS,
    AJ_TYPE_FUTURE = AJ_FUTURE,
    AJ_TYPE_TUPLE,
    AJ_TYPE_OPTIONAL,
    AJ_TYPE_ENUM,
    AJ_TYPE_INT,
    AJ_TYPE_FLOAT,
    AJ_TYPE_BOOL,
    AJ_TYPE_BOX,
    AJ_TYPE_COMPLEX,
    AJ_TYPE_KINDS
};

typedef struct aj_handlers {
    /* Python's object as words, and words (whose references it takes) as Python's object: python_value.c. */
    int32_t (*from_python)(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
    struct py_object *(*to_python)(struct py_context *c, const char *code, const aj_word *value);
    /* The memory form of C (model.h) as words, and the other way round, taking the references: c_value.c. */
    int32_t (*from_c)(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
    int32_t (*to_c)(aj_instance *self, const char *code, const aj_word *value, void *memory);
    /* The tensors in an argument against what the entry says of them: call.c. */
    int32_t (*check)(struct aj_checker *c, const char *code, aj_word *value);
    /* A copy that shares no memory, or (`borrowed`) only memory that the arena owns: copy.c. */
    int32_t (*copy)(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
    /* As text: format.c. */
    int32_t (*show)(struct aj_text *text, const char *code, const aj_word *words);
    /* The end of an object whose last reference went. */
    void (*destroy)(aj_instance *self, aj_object *object);
} aj_handlers;

/* Every row with all that there is. */
extern const aj_handlers aj_all_handlers[AJ_TYPE_KINDS];

/* The row for values of the type at `code`. */
const aj_handlers *aj_handlers_of(const aj_instance *self, const char *code);

int32_t aj_from_python_str(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_list(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_dict(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_tuple(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_optional(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_enum(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_class(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_future(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_box(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_int(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_float(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_complex(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_bool(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
int32_t aj_from_python_tensor(struct py_context *c, const char *code, struct py_object *value, aj_word *out);
struct py_object *aj_to_python_tensor(struct py_context *c, const char *code, const aj_word *value);
struct py_object *aj_to_python_complex(struct py_context *c, const char *code, const aj_word *value);
struct py_object *aj_to_python_str(struct py_context *c, const char *code, const aj_word *value);
struct py_object *aj_to_python_list(struct py_context *c, const char *code, const aj_word *value);
struct py_object *aj_to_python_dict(struct py_context *c, const char *code, const aj_word *value);
struct py_object *aj_to_python_tuple(struct py_context *c, const char *code, const aj_word *value);
struct py_object *aj_to_python_class(struct py_context *c, const char *code, const aj_word *value);
struct py_object *aj_to_python_future(struct py_context *c, const char *code, const aj_word *value);
struct py_object *aj_to_python_enum(struct py_context *c, const char *code, const aj_word *value);
struct py_object *aj_to_python_box(struct py_context *c, const char *code, const aj_word *value);
int32_t aj_from_c_tensor(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_from_c_class(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_from_c_future(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_from_c_enum(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_from_c_box(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_to_c_class(aj_instance *self, const char *code, const aj_word *value, void *memory);
int32_t aj_to_c_future(aj_instance *self, const char *code, const aj_word *value, void *memory);
int32_t aj_to_c_box(aj_instance *self, const char *code, const aj_word *value, void *memory);
int32_t aj_from_c_complex(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_from_c_str(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_from_c_list(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_from_c_dict(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_from_c_tuple(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_from_c_optional(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out);
int32_t aj_to_c_complex(aj_instance *self, const char *code, const aj_word *value, void *memory);
int32_t aj_to_c_str(aj_instance *self, const char *code, const aj_word *value, void *memory);
int32_t aj_to_c_list(aj_instance *self, const char *code, const aj_word *value, void *memory);
int32_t aj_to_c_dict(aj_instance *self, const char *code, const aj_word *value, void *memory);
int32_t aj_to_c_tuple(aj_instance *self, const char *code, const aj_word *value, void *memory);
int32_t aj_to_c_optional(aj_instance *self, const char *code, const aj_word *value, void *memory);
int32_t aj_check_list(struct aj_checker *c, const char *code, aj_word *value);
int32_t aj_check_dict(struct aj_checker *c, const char *code, aj_word *value);
int32_t aj_check_tuple(struct aj_checker *c, const char *code, aj_word *value);
int32_t aj_check_optional(struct aj_checker *c, const char *code, aj_word *value);
int32_t aj_copy_tensor(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_copy_complex(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_copy_str(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_copy_list(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_copy_dict(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_copy_tuple(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_copy_optional(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_copy_class(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_copy_future(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_copy_box(aj_instance *self, bool borrowed, const char *code, const aj_word *value, aj_word *out);
int32_t aj_show_tensor(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_list(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_dict(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_class(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_future(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_tuple(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_optional(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_box(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_enum(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_complex(struct aj_text *text, const char *code, const aj_word *words);
int32_t aj_show_float(struct aj_text *text, const char *code, const aj_word *words);
void aj_destroy_str(aj_instance *self, aj_object *object);
void aj_destroy_dict(aj_instance *self, aj_object *object);
void aj_destroy_class(aj_instance *self, aj_object *object);
void aj_destroy_future(aj_instance *self, aj_object *object);

#endif
