#include "handlers.h"

#include "instance.h"

static enum aj_type_kind kind_of(char code) {
    switch (code) {
    case 'T': return AJ_TYPE_TENSOR;
    case 's': return AJ_TYPE_STR;
    case 'L': return AJ_TYPE_LIST;
    case 'D': return AJ_TYPE_DICT;
    case 'C': return AJ_TYPE_CLASS;
    case 'F': return AJ_TYPE_FUTURE;
    case '(': return AJ_TYPE_TUPLE;
    case 'O': return AJ_TYPE_OPTIONAL;
    case 'e': return AJ_TYPE_ENUM;
    case 'i': return AJ_TYPE_INT;
    case 'f': return AJ_TYPE_FLOAT;
    case 'b': return AJ_TYPE_BOOL;
    case 'c': return AJ_TYPE_COMPLEX;
    case 'A':
    case 'U': return AJ_TYPE_BOX;
    default: return AJ_TYPE_OTHER;
    }
}

/* Not inlined: it has many callers, and what they do with the row takes longer. */
__attribute__((noinline)) const aj_handlers *aj_handlers_of(const aj_instance *self, const char *code) {
    return &self->model->handlers[kind_of(*code)];
}

const aj_handlers aj_all_handlers[AJ_TYPE_KINDS] = {
    [AJ_TYPE_TENSOR] = {.from_python = aj_from_python_tensor, .to_python = aj_to_python_tensor,
                        .from_c = aj_from_c_tensor, .copy = aj_copy_tensor, .show = aj_show_tensor},
    [AJ_TYPE_STR] = {.from_python = aj_from_python_str, .to_python = aj_to_python_str, .from_c = aj_from_c_str,
        .to_c = aj_to_c_str, .copy = aj_copy_str, .destroy = aj_destroy_str},
    [AJ_TYPE_LIST] = {.from_python = aj_from_python_list, .to_python = aj_to_python_list, .from_c = aj_from_c_list,
        .to_c = aj_to_c_list, .check = aj_check_list, .copy = aj_copy_list, .show = aj_show_list},
    [AJ_TYPE_DICT] = {.from_python = aj_from_python_dict, .to_python = aj_to_python_dict, .from_c = aj_from_c_dict,
        .to_c = aj_to_c_dict, .check = aj_check_dict, .copy = aj_copy_dict, .show = aj_show_dict, .destroy = aj_destroy_dict},
    [AJ_TYPE_CLASS] = {.from_python = aj_from_python_class, .to_python = aj_to_python_class,
        .from_c = aj_from_c_class, .to_c = aj_to_c_class, .copy = aj_copy_class, .show = aj_show_class, .destroy = aj_destroy_class},
    [AJ_TYPE_FUTURE] = {.from_python = aj_from_python_future, .to_python = aj_to_python_future,
        .from_c = aj_from_c_future, .to_c = aj_to_c_future, .copy = aj_copy_future, .show = aj_show_future, .destroy = aj_destroy_future},
    [AJ_TYPE_TUPLE] = {.from_python = aj_from_python_tuple, .to_python = aj_to_python_tuple,
        .from_c = aj_from_c_tuple, .to_c = aj_to_c_tuple, .check = aj_check_tuple, .copy = aj_copy_tuple,
        .show = aj_show_tuple},
    [AJ_TYPE_OPTIONAL] = {.from_python = aj_from_python_optional, .from_c = aj_from_c_optional,
        .to_c = aj_to_c_optional, .check = aj_check_optional, .copy = aj_copy_optional, .show = aj_show_optional},
    [AJ_TYPE_ENUM] = {.from_python = aj_from_python_enum, .to_python = aj_to_python_enum, .from_c = aj_from_c_enum,
        .show = aj_show_enum},
    [AJ_TYPE_INT] = {.from_python = aj_from_python_int},
    [AJ_TYPE_FLOAT] = {.from_python = aj_from_python_float, .show = aj_show_float},
    [AJ_TYPE_BOOL] = {.from_python = aj_from_python_bool},
    [AJ_TYPE_BOX] = {.from_python = aj_from_python_box, .to_python = aj_to_python_box, .from_c = aj_from_c_box,
        .to_c = aj_to_c_box, .copy = aj_copy_box, .show = aj_show_box},
    [AJ_TYPE_COMPLEX] = {.from_python = aj_from_python_complex, .to_python = aj_to_python_complex,
        .from_c = aj_from_c_complex, .to_c = aj_to_c_complex, .copy = aj_copy_complex, .show = aj_show_complex},
};
