#include "crossing.h"
#include "dict.h"
#include "libc.h"
#include "operators.h"
#include "python_state.h"
#include "value.h"

/* -- errors ------------------------------------------------------------------------------------------------------- */

py_object *py_exception_of(int32_t status) {
    switch (status) {
    case AJ_TYPE_ERROR: return PyExc_TypeError;
    case AJ_VALUE_ERROR: return PyExc_ValueError;
    case AJ_INDEX_ERROR: return PyExc_IndexError;
    case AJ_ASSERTION_ERROR: return PyExc_AssertionError;
    case AJ_ZERO_DIVISION: return PyExc_ZeroDivisionError;
    case AJ_MEMORY_ERROR: return PyExc_MemoryError;
    case AJ_KEY_ERROR: return PyExc_KeyError;
    case AJ_NOT_IMPLEMENTED: return PyExc_NotImplementedError;
    default: return PyExc_RuntimeError;
    }
}

py_object *py_raise(aj_instance *self, int32_t status) {
    if (!PyErr_Occurred()) PyErr_SetString(py_exception_of(status), self->error);
    return NULL;
}

int32_t py_fail_type(py_context *c, const char *expected, py_object *value) {
    py_object *name = PyObject_GetAttrString(&value->type->head, "__name__");
    const char *text = name ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
    int32_t status = aj_fail(c->self, AJ_TYPE_ERROR, "%s: expected %s, got %s", c->name, expected, text ? text : "?");
    PyErr_Clear();
    py_release(name);
    return status;
}

/* -- in ----------------------------------------------------------------------------------------------------------- */

/* A failed conversion: a TypeError becomes one that names the argument; what else was raised stays. */
static int32_t fail_conversion(py_context *c, const char *expected, py_object *value) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return AJ_RUNTIME_ERROR;
    PyErr_Clear();
    return py_fail_type(c, expected, value);
}

/* A number that is too large, as Python names it. */
static int32_t fail_overflow(py_context *c, const char *text) {
    PyErr_Clear();
    int32_t status = aj_fail(c->self, AJ_VALUE_ERROR, "%s: %s", c->name, text);
    PyErr_SetString(PyExc_OverflowError, c->self->error);
    return status;
}

static bool is_text(const char *wanted, const char *text, intptr_t bytes) {
    return strlen(wanted) == (size_t)bytes && memcmp(wanted, text, (size_t)bytes) == 0;
}

/* A dtype is a number in the language: torch's. False with the exception as it was where the object is none. */
static bool import_dtype(py_object *value, aj_word *out) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return false;
    py_object *type = NULL, *error = NULL, *trace = NULL;
    PyErr_Fetch(&type, &error, &trace);
    py_object *text = PyObject_Str(value);
    intptr_t bytes = 0;
    const char *name = text ? PyUnicode_AsUTF8AndSize(text, &bytes) : NULL;
    int32_t dtype = AJ_DTYPES;
    if (name && bytes > 6 && memcmp(name, "torch.", 6) == 0) {
        for (dtype = 0; dtype < AJ_DTYPES && !is_text(aj_dtype_name(dtype), name + 6, bytes - 6);) dtype++;
    }
    PyErr_Clear();
    py_release(text);
    if (dtype == AJ_DTYPES) {
        PyErr_Restore(type, error, trace);
        return false;
    }
    py_release(type);
    py_release(error);
    py_release(trace);
    *out = (aj_word)dtype;
    return true;
}

int32_t aj_from_python_int(py_context *c, const char *code, py_object *value, aj_word *out) {
    (void)code;
    py_object *number = PyNumber_Index(value);
    if (!number) return import_dtype(value, out) ? AJ_OK : fail_conversion(c, "int", value);
    int64_t result = PyLong_AsLongLong(number);
    Py_DecRef(number);
    if (result == -1 && PyErr_Occurred()) return fail_overflow(c, "the int does not fit in 64 bits");
    *out = (aj_word)result;
    return AJ_OK;
}

int32_t aj_from_python_float(py_context *c, const char *code, py_object *value, aj_word *out) {
    (void)code;
    double result = PyFloat_AsDouble(value);
    if (result == -1.0 && PyErr_Occurred()) {
        bool large = PyErr_ExceptionMatches(PyExc_OverflowError);
        return large ? fail_overflow(c, "the int is too large for a float") : fail_conversion(c, "float", value);
    }
    *out = aj_double_word(result);
    return AJ_OK;
}

/* True, False and numpy's bool (whose class is named bool or bool_). */
int32_t aj_from_python_bool(py_context *c, const char *code, py_object *value, aj_word *out) {
    (void)code;
    if (value == &_Py_TrueStruct || value == &_Py_FalseStruct) {
        *out = value == &_Py_TrueStruct;
        return AJ_OK;
    }
    py_object *name = PyObject_GetAttrString(&value->type->head, "__name__");
    intptr_t bytes = 0;
    const char *text = name ? PyUnicode_AsUTF8AndSize(name, &bytes) : NULL;
    bool is_bool = text && (strlen(text) == 4 || strlen(text) == 5) && memcmp(text, "bool_", strlen(text)) == 0;
    py_release(name);
    py_object *number = is_bool ? PyObject_GetAttrString(value, "__bool__") : NULL;
    py_object *truth = number ? PyObject_CallObject(number, NULL) : NULL;
    py_release(number);
    py_release(truth);
    PyErr_Clear();
    if (!truth) return py_fail_type(c, "bool", value);
    *out = truth == &_Py_TrueStruct;
    return AJ_OK;
}

int32_t aj_from_python_str(py_context *c, const char *code, py_object *value, aj_word *out) {
    (void)code;
    intptr_t bytes = 0;
    if (!PyType_IsSubtype(value->type, &PyUnicode_Type)) return py_fail_type(c, "str", value);
    const char *text = PyUnicode_AsUTF8AndSize(value, &bytes);
    aj_str *s = NULL;
    if (!text) return AJ_VALUE_ERROR; /* Python's exception is set: a lone surrogate */
    int32_t status = aj_str_new(c->self, text, bytes, &s);
    *out = (aj_word)(uintptr_t)s;
    return status;
}

static bool is_sequence(py_object *value) {
    return (PyType_GetFlags(value->type) & (PY_FLAGS_LIST | PY_FLAGS_TUPLE)) != 0;
}

static int32_t import_item(py_context *c, const char *code, py_object *sequence, intptr_t i, aj_word *out) {
    py_object *item = PySequence_GetItem(sequence, i);
    if (!item) return AJ_RUNTIME_ERROR;
    int32_t status = py_import_value(c, code, item, out);
    if (c->holders == NULL) c->holders = PyList_New(0);
    /* The sequence may change while later items are converted: keep what tensors borrow from. */
    if (!status && (!c->holders || PyList_Append(c->holders, item))) status = AJ_MEMORY_ERROR;
    Py_DecRef(item);
    return status;
}

int32_t aj_from_python_list(py_context *c, const char *code, py_object *value, aj_word *out) {
    const char *element = code + 1;
    if (!is_sequence(value)) return py_fail_type(c, "list", value);
    intptr_t count = PySequence_Size(value);
    aj_list *list = NULL;
    int32_t status = aj_list_new(c->self, aj_code_words(element), aj_code_references(element), count, &list);
    for (intptr_t i = 0; i < count && !status; i++) {
        status = import_item(c, element, value, i, list->data + i * list->width);
        if (!status) list->length++;
    }
    if (status && list) aj_release(c->self, &list->head);
    if (!status) *out = (aj_word)(uintptr_t)list;
    return status;
}

/* One entry; the dict is a copy that `c->holders` keeps alive, so that what tensors borrow from stays. */
static int32_t import_entry(py_context *c, const char *code, py_object *key, py_object *value, aj_dict *dict) {
    const aj_tensor_spec *spec = c->spec;
    aj_word words[2 + 64], *held = words + aj_code_words(code);
    int32_t status = py_import_value(c, code, key, words);
    if (status) return status;
    if (c->spec && c->spec != &aj_inside_spec) c->spec += aj_code_tensors(code);
    status = py_import_value(c, aj_code_end(code), value, held);
    c->spec = spec;
    if (!status) return aj_dict_put(c->self, dict, words, held);
    aj_release_value(c->self, code, words);
    return status;
}

int32_t aj_from_python_dict(py_context *c, const char *code, py_object *value, aj_word *out) {
    const char *held = aj_code_end(++code);
    if (!(PyType_GetFlags(value->type) & PY_FLAGS_DICT)) return py_fail_type(c, "dict", value);
    py_object *copy = PyDict_Copy(value), *key = NULL, *item = NULL;
    if (c->holders == NULL) c->holders = PyList_New(0);
    if (!copy || !c->holders || PyList_Append(c->holders, copy)) {
        py_release(copy);
        return AJ_MEMORY_ERROR;
    }
    aj_dict *dict = NULL;
    int32_t status = aj_dict_new(c->self, aj_code_words(held), aj_code_references(held), *code, 0, &dict);
    for (intptr_t at = 0; !status && PyDict_Next(copy, &at, &key, &item);) {
        status = import_entry(c, code, key, item, dict);
    }
    py_release(copy);
    if (status && dict) aj_release(c->self, &dict->head);
    if (!status) *out = (aj_word)(uintptr_t)dict;
    return status;
}

int32_t aj_from_python_tuple(py_context *c, const char *code, py_object *value, aj_word *out) {
    if (!is_sequence(value)) return py_fail_type(c, "tuple", value);
    intptr_t count = PySequence_Size(value), wanted = 0, i = 0;
    for (const char *e = code + 1; *e != ')'; e = aj_code_end(e)) wanted++;
    if (count != wanted) {
        return aj_fail(c->self, AJ_TYPE_ERROR, "%s: expected a tuple of %lld, got one of %lld", c->name,
                       (long long)wanted, (long long)count);
    }
    const aj_tensor_spec *first_spec = c->spec;
    const char *first = code + 1;
    aj_word *slot = out;
    for (code++; *code != ')'; code = aj_code_end(code), i++) {
        int32_t status = import_item(c, code, value, i, slot);
        if (status) {
            for (; first != code; first = aj_code_end(first)) {
                aj_release_value(c->self, first, out);
                out += aj_code_words(first);
            }
            return status;
        }
        slot += aj_code_words(code);
        if (c->spec && c->spec != &aj_inside_spec) c->spec += aj_code_tensors(code);
    }
    c->spec = first_spec;
    return AJ_OK;
}

int32_t aj_from_python_optional(py_context *c, const char *code, py_object *value, aj_word *out) {
    const char *element = code + 1;
    bool pointer = aj_code_is_pointer(element);
    if (value == &_Py_NoneStruct) {
        int32_t words = pointer ? 1 : 1 + aj_code_words(element);
        for (int32_t i = 0; i < words; i++) out[i] = 0;
        return AJ_OK;
    }
    if (pointer) return py_import_value(c, element, value, out);
    out[0] = 1;
    return py_import_value(c, element, value, out + 1);
}

/* What names the CPU: "cpu", "cpu:0", or an object whose text that is, as torch.device. */
static int32_t import_device(py_context *c, py_object *value, aj_word *out) {
    py_object *text = PyObject_Str(value);
    intptr_t bytes = 0;
    const char *name = text ? PyUnicode_AsUTF8AndSize(text, &bytes) : NULL;
    bool cpu = name && (bytes == 3 || bytes == 5) && memcmp(name, "cpu:0", (size_t)bytes) == 0;
    PyErr_Clear();
    py_release(text);
    *out = 0;
    return cpu ? AJ_OK : py_fail_type(c, "the device cpu", value);
}

int32_t py_import_value(py_context *c, const char *code, py_object *value, aj_word *out) {
    const aj_handlers *handlers = aj_handlers_of(c->self, code);
    if (handlers->from_python) return handlers->from_python(c, code, value, out);
    switch (*code) {
    case 'T': return py_import_tensor(c, value, out);
    case 'n': return value == &_Py_NoneStruct ? AJ_OK : py_fail_type(c, "None", value);
    case 'd': return import_device(c, value, out);
    default: return aj_fail(c->self, AJ_NOT_IMPLEMENTED, "%s: arguments of this type are not supported", c->name);
    }
}

/* -- out ---------------------------------------------------------------------------------------------------------- */

static py_object *none(void) {
    Py_IncRef(&_Py_NoneStruct);
    return &_Py_NoneStruct;
}

py_object *aj_to_python_str(py_context *c, const char *code, const aj_word *value) {
    aj_str *s = (aj_str *)aj_word_pointer(value[0]);
    (void)code;
    py_object *text = PyUnicode_FromStringAndSize(s->text, s->bytes);
    aj_release(c->self, &s->head);
    return text;
}

py_object *aj_to_python_list(py_context *c, const char *code, const aj_word *value) {
    aj_list *list = (aj_list *)aj_word_pointer(value[0]);
    py_object *result = PyList_New(list->length);
    for (int64_t i = 0; result && i < list->length; i++) {
        const aj_word *slot = list->data + i * list->width;
        for (uint64_t r = list->references; r; r &= r - 1) {
            aj_retain((aj_object *)aj_word_pointer(slot[__builtin_ctzll(r)]));
        }
        py_object *item = py_export_value(c, code + 1, slot);
        if (item) {
            PyList_SetItem(result, i, item);
        } else {
            Py_DecRef(result);
            result = NULL;
        }
    }
    aj_release(c->self, &list->head);
    return result;
}

py_object *aj_to_python_dict(py_context *c, const char *code, const aj_word *value) {
    aj_dict *dict = (aj_dict *)aj_word_pointer(value[0]);
    const char *held = aj_code_end(++code);
    py_object *result = PyDict_New();
    for (int64_t i = dict->first; result && i < dict->used; i++) {
        aj_word *entry = aj_dict_entry(dict, i), *words = aj_dict_value(dict, entry);
        if (!entry[0]) continue;
        if (aj_dict_counts_keys(dict)) aj_retain((aj_object *)aj_word_pointer(entry[1]));
        for (uint64_t r = dict->references; r; r &= r - 1) {
            aj_retain((aj_object *)aj_word_pointer(words[__builtin_ctzll(r)]));
        }
        py_object *key = py_export_value(c, code, entry + 1);
        py_object *item = py_export_value(c, held, words); /* even after a failure: it takes the references */
        if (!key || !item || PyDict_SetItem(result, key, item)) {
            Py_DecRef(result);
            result = NULL;
        }
        py_release(key);
        py_release(item);
    }
    aj_release(c->self, &dict->head);
    return result;
}

py_object *aj_to_python_tuple(py_context *c, const char *code, const aj_word *value) {
    intptr_t count = 0, i = 0;
    for (const char *e = code + 1; *e != ')'; e = aj_code_end(e)) count++;
    py_object *result = PyTuple_New(count);
    for (code++; *code != ')'; code = aj_code_end(code), i++) {
        py_object *item = result ? py_export_value(c, code, value) : NULL;
        if (item) {
            PyTuple_SetItem(result, i, item);
        } else if (result) {
            Py_DecRef(result);
            result = NULL;
        } else {
            aj_release_value(c->self, code, value); /* after a failure the rest is only dropped */
        }
        value += aj_code_words(code);
    }
    return code[1] == '{' ? py_named(c, code + 2, result) : result;
}

py_object *py_export_value(py_context *c, const char *code, const aj_word *value) {
    const aj_handlers *handlers = aj_handlers_of(c->self, code);
    if (handlers->to_python) return handlers->to_python(c, code, value);
    switch (*code) {
    case 'T': return py_export_tensor(c, (aj_tensor *)aj_word_pointer(value[0]));
    case 'i': return PyLong_FromLongLong((int64_t)value[0]);
    case 'd': return PyUnicode_FromString("cpu");
    case 'f': return PyFloat_FromDouble(aj_word_double(value[0]));
    case 'b': return PyBool_FromLong(value[0] != 0);
    case 'O':
        if (value[0] == 0) return none();
        return py_export_value(c, code + 1, aj_code_is_pointer(code + 1) ? value : value + 1);
    case 'n': return none();
    default:
        aj_release_value(c->self, code, value);
        return py_raise(c->self, aj_fail(c->self, AJ_NOT_IMPLEMENTED, "results of this type are not supported"));
    }
}
