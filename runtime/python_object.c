/* Instances of classes, values of type Any and Union, and members of Enums, from Python and to Python. The library has
 * a Python class for each of its own that crosses (aj_model.python_types makes them), which its results are of; for
 * arguments any object does that has the attributes, and any member of an Enum with the name. */
#include "crossing.h"
#include "dict.h"
#include "libc.h"
#include "operators.h"
#include "python_state.h"

/* -- the library's Python classes --------------------------------------------------------------------------------- */

enum { PY_FILE_INPUT = 257 };

bool py_types_ready(py_state *py) {
    if (!py->model->python_types) return true;
    py->types = PyDict_New();
    if (!py->types) return false;
    py_object *builtins = PyImport_ImportModule("builtins"), *name = PyUnicode_FromString(py->model->name);
    bool ready = builtins && name && !PyDict_SetItemString(py->types, "__builtins__", builtins) &&
                 !PyDict_SetItemString(py->types, "__name__", name);
    py_release(builtins);
    py_release(name);
    py_object *code = ready ? Py_CompileString(py->model->python_types, "<types>", PY_FILE_INPUT) : NULL;
    py_object *done = code ? PyEval_EvalCode(code, py->types, py->types) : NULL;
    py_release(code);
    py_release(done);
    return done != NULL;
}

py_object *py_class_named(py_context *c, const char *name) {
    char text[256];
    size_t bytes = 0;
    for (; name[bytes] && name[bytes] != '|' && name[bytes] != '}' && bytes < sizeof text - 1; bytes++)
        text[bytes] = name[bytes];
    text[bytes] = 0;
    py_object *types = c->py->types ? PyDict_GetItemString(c->py->types, "_types") : NULL;
    py_object *found = types ? PyDict_GetItemString(types, text) : NULL;
    if (!found) PyErr_SetString(PyExc_NotImplementedError, text);
    return found;
}

/* Does the object's class have the name, or what follows its last dot? */
static bool has_class(py_object *value, const char *name) {
    const char *start = name;
    for (; *name && *name != '|' && *name != '}'; name++) {
        if (*name == '.') start = name + 1;
    }
    py_object *actual = PyObject_GetAttrString(&value->type->head, "__name__");
    intptr_t bytes = 0;
    const char *text = actual ? PyUnicode_AsUTF8AndSize(actual, &bytes) : NULL;
    bool same = text && bytes == name - start && memcmp(text, start, (size_t)bytes) == 0;
    PyErr_Clear();
    py_release(actual);
    return same;
}

/* -- Enums --------------------------------------------------------------------------------------------------------- */

static int64_t member_number(const char *code, py_object *value) {
    int64_t index = -1;
    py_object *name = PyObject_GetAttrString(value, "name");
    if (name && PyType_IsSubtype(name->type, &PyUnicode_Type)) {
        intptr_t bytes = 0;
        const char *text = PyUnicode_AsUTF8AndSize(name, &bytes);
        if (text) index = aj_enum_index(code, text, (size_t)bytes);
    }
    PyErr_Clear();
    py_release(name);
    return index;
}

/* A member of an Enum class of the caller's: the one with its name. */
int32_t aj_from_python_enum(py_context *c, const char *code, py_object *value, aj_word *out) {
    int64_t index = member_number(code, value);
    if (index < 0) return py_fail_type(c, "a member of the Enum", value);
    *out = (aj_word)index;
    return AJ_OK;
}

py_object *aj_to_python_enum(py_context *c, const char *code, const aj_word *value) {
    py_object *class_ = py_class_named(c, code + 2);
    py_object *members = class_ ? PyObject_GetAttrString(class_, "_members") : NULL;
    py_object *member = members ? PySequence_GetItem(members, (intptr_t)value[0]) : NULL;
    py_release(members);
    return member;
}

/* -- instances ----------------------------------------------------------------------------------------------------- */

/* The name of the field at `at`, which `next` moves behind. */
static py_object *field_name(const char *at, const char **next) {
    const char *end = at;
    while (*end && *end != '|') end++;
    *next = *end ? end + 1 : end;
    return PyUnicode_FromStringAndSize(at, end - at);
}

static int32_t import_field(py_context *c, const char *code, const int32_t *dtypes, py_object *object, py_object *name,
                            aj_word *out) {
    const char *text = PyUnicode_AsUTF8AndSize(name, NULL), *argument = c->name;
    py_object *value = text ? PyObject_GetAttrString(object, text) : NULL;
    if (!value) {
        PyErr_Clear();
        return aj_fail(c->self, AJ_TYPE_ERROR, "%s: the instance has no attribute '%s'", c->name, text ? text : "?");
    }
    if (!c->holders) c->holders = PyList_New(0);
    int32_t status = !c->holders || PyList_Append(c->holders, value) ? AJ_MEMORY_ERROR : AJ_OK;
    c->name = text;
    if (!status) status = py_import_value(c, code, value, out);
    if (!status) {
        status = aj_check_inside(c->self, text, code, dtypes, out);
        if (status) aj_release_value(c->self, code, out);
    }
    c->name = argument;
    Py_DecRef(value);
    return status;
}

static int32_t import_fields(py_context *c, const aj_class *class_, py_object *value, aj_record *record) {
    const char *fields = class_->fields, *code = class_->code + 1;
    const int32_t *dtypes = class_->dtypes;
    aj_word *slot = record->words;
    int32_t status = AJ_OK;
    for (; *code != ')' && !status; code = aj_code_end(code)) {
        py_object *name = field_name(fields, &fields);
        status = name ? import_field(c, code, dtypes, value, name, slot) : AJ_MEMORY_ERROR;
        /* What a failed conversion left must not be released with the record. */
        if (status) memset(slot, 0, (size_t)aj_code_words(code) * sizeof *slot);
        slot += aj_code_words(code);
        dtypes += aj_code_tensors(code);
        py_release(name);
    }
    return status;
}

int32_t aj_from_python_class(py_context *c, const char *code, py_object *value, aj_word *out) {
    const aj_class *class_ = aj_crossing_class(c->self, code);
    if (!class_) return aj_fail(c->self, AJ_NOT_IMPLEMENTED, "%s: arguments of this type are not supported", c->name);
    if (value == &_Py_NoneStruct) return py_fail_type(c, class_->name, value);
    if (c->depth == AJ_MOST_NESTED) return aj_fail_nested(c->self, c->name);
    const aj_tensor_spec *spec = c->spec;
    aj_record *record = NULL;
    int32_t status = aj_record_new(c->self, class_, &record);
    if (status) return status;
    record->head.flags = AJ_FROM_CALLER;
    c->spec = &aj_inside_spec;
    c->depth++;
    status = import_fields(c, class_, value, record);
    c->depth--;
    c->spec = spec;
    if (status) aj_release(c->self, &record->head);
    else *out = (aj_word)(uintptr_t)record;
    return status;
}

py_object *py_export_part(py_context *c, const char *code, const aj_word *words) {
    for (uint64_t r = aj_code_references(code); r; r &= r - 1)
        aj_retain((aj_object *)aj_word_pointer(words[__builtin_ctzll(r)]));
    return py_export_value(c, code, words);
}

static bool export_fields(py_context *c, const aj_record *record, py_object *object) {
    const char *fields = record->type->fields, *code = record->type->code + 1;
    const aj_word *slot = record->words;
    bool done = true;
    for (; *code != ')' && done; code = aj_code_end(code)) {
        py_object *name = field_name(fields, &fields);
        py_object *value = py_export_part(c, code, slot);
        done = name && value && !PyObject_SetAttrString(object, PyUnicode_AsUTF8AndSize(name, NULL), value);
        py_release(name);
        py_release(value);
        slot += aj_code_words(code);
    }
    return done;
}

py_object *aj_to_python_class(py_context *c, const char *code, const aj_word *value) {
    aj_record *record = (aj_record *)aj_word_pointer(value[0]);
    py_object *object = NULL;
    if (c->depth == AJ_MOST_NESTED) {
        py_raise(c->self, aj_fail_nested(c->self, NULL));
    } else {
        py_object *class_ = py_class_named(c, code + 2);
        py_object *new = class_ ? PyObject_GetAttrString(class_, "__new__") : NULL;
        object = new ? PyObject_CallFunctionObjArgs(new, class_, NULL) : NULL;
        py_release(new);
        c->depth++;
        if (object && !export_fields(c, record, object)) {
            Py_DecRef(object);
            object = NULL;
        }
        c->depth--;
    }
    aj_release(c->self, &record->head);
    return object;
}

/* -- Any and Union ------------------------------------------------------------------------------------------------- */

static bool matches(py_context *c, const char *code, py_object *value);

static bool items_match(py_context *c, const char *code, py_object *sequence, bool same_type) {
    intptr_t count = PySequence_Size(sequence);
    bool match = true;
    for (intptr_t i = 0; i < count && match; i++) {
        if (!same_type && (*code == ')' || !*code)) return false;
        py_object *item = PySequence_GetItem(sequence, i);
        match = item && matches(c, code, item);
        py_release(item);
        if (!same_type) code = aj_code_end(code);
    }
    return match && (same_type || *code == ')');
}

static bool entries_match(py_context *c, const char *key, py_object *dict) {
    py_object *name = NULL, *value = NULL;
    bool match = true;
    for (intptr_t at = 0; match && PyDict_Next(dict, &at, &name, &value);)
        match = matches(c, key, name) && matches(c, aj_code_end(key), value);
    return match;
}

static bool is_tensor(py_object *value) {
    py_object *method = PyObject_GetAttrString(value, "__dlpack__");
    PyErr_Clear();
    py_release(method);
    return method != NULL;
}

static const aj_class *alternative_of(py_context *c, const char *code, py_object *value, bool *found);

/* Is the object of the type, without any conversion? */
static bool matches(py_context *c, const char *code, py_object *value) {
    unsigned long flags = PyType_GetFlags(value->type);
    bool found = false;
    switch (*code) {
    case 'i': return value->type == &PyLong_Type;
    case 'f': return PyType_IsSubtype(value->type, &PyFloat_Type) != 0;
    case 'c': return PyType_IsSubtype(value->type, &PyComplex_Type) != 0;
    case 'b': return value == &_Py_TrueStruct || value == &_Py_FalseStruct;
    case 's': return PyType_IsSubtype(value->type, &PyUnicode_Type) != 0;
    case 'n': return value == &_Py_NoneStruct;
    case 'T': return is_tensor(value);
    case 'd': return has_class(value, "device}");
    case 'L': return (flags & PY_FLAGS_LIST) && items_match(c, code + 1, value, true);
    case 'D': return (flags & PY_FLAGS_DICT) && entries_match(c, code + 1, value);
    case '(': {
        const char *end = code + 1;
        while (*end != ')') end = aj_code_end(end);
        if (!(flags & PY_FLAGS_TUPLE) || (end[1] == '{' && !has_class(value, end + 2))) return false;
        return items_match(c, code + 1, value, false);
    }
    case 'O': return value == &_Py_NoneStruct || matches(c, code + 1, value);
    case 'e': return has_class(value, code + 2) && member_number(code, value) >= 0;
    case 'C': return has_class(value, code + 2);
    case 'A':
    case 'U':
        alternative_of(c, code, value, &found);
        return found;
    default: return false;
    }
}

/* Which of the types of a box the object is of; NULL for None. */
static const aj_class *alternative_of(py_context *c, const char *code, py_object *value, bool *found) {
    const aj_class *type = NULL;
    *found = false;
    for (int32_t i = 0; aj_alternative(c->self, code, i, &type); i++) {
        *found = type ? matches(c, type->code, value) : value == &_Py_NoneStruct;
        if (*found) return type;
    }
    return NULL;
}

static int32_t fail_alternative(py_context *c, const char *code, py_object *value) {
    char expected[512];
    size_t at = 0;
    for (const char *from = *code == 'U' ? code + 2 : "a value of a type that the program has (Any)}"; *from && *from != '}'; from++) {
        const char *piece = *from == '|' ? " or " : from;
        size_t bytes = *from == '|' ? 4 : 1;
        if (at + bytes >= sizeof expected) break;
        memcpy(expected + at, piece, bytes);
        at += bytes;
    }
    expected[at] = 0;
    return py_fail_type(c, expected, value);
}

int32_t aj_from_python_box(py_context *c, const char *code, py_object *value, aj_word *out) {
    bool found = false;
    const aj_class *type = alternative_of(c, code, value, &found);
    PyErr_Clear();
    if (!found) return fail_alternative(c, code, value);
    *out = 0;
    if (!type) return AJ_OK;
    const aj_tensor_spec *spec = c->spec;
    aj_record *record = NULL;
    int32_t status = aj_record_new(c->self, type, &record);
    if (status) return status;
    record->head.flags = AJ_FROM_CALLER;
    c->spec = &aj_inside_spec;
    status = py_import_value(c, type->code, value, record->words);
    if (status) memset(record->words, 0, (size_t)type->words * sizeof *record->words);
    else status = aj_check_inside(c->self, c->name, type->code, type->dtypes, record->words);
    c->spec = spec;
    if (status) aj_release(c->self, &record->head);
    else *out = (aj_word)(uintptr_t)record;
    return status;
}

py_object *aj_to_python_box(py_context *c, const char *code, const aj_word *value) {
    aj_record *record = (aj_record *)aj_word_pointer(value[0]);
    (void)code;
    if (!record) {
        Py_IncRef(&_Py_NoneStruct);
        return &_Py_NoneStruct;
    }
    py_object *result = NULL;
    if (c->depth == AJ_MOST_NESTED) {
        py_raise(c->self, aj_fail_nested(c->self, NULL));
    } else {
        c->depth++;
        result = py_export_part(c, record->type->code, record->words);
        c->depth--;
    }
    aj_release(c->self, &record->head);
    return result;
}

/* -- named tuples -------------------------------------------------------------------------------------------------- */

py_object *py_named(py_context *c, const char *name, py_object *tuple) {
    py_object *class_ = tuple ? py_class_named(c, name) : NULL;
    py_object *named = class_ ? PyObject_CallObject(class_, tuple) : NULL;
    py_release(tuple);
    return named;
}
