/* Futures from Python and to Python. The tasks of a call are over when it ends, so that what crosses is how the task
 * ended: the value, or the exception that each wait raises. An argument is any object that has `wait` and `done`. */
#include "crossing.h"
#include "libc.h"
#include "operators.h"
#include "python_state.h"
#include "task.h"

/* -- in ----------------------------------------------------------------------------------------------------------- */

static bool has(py_object *value, const char *name) {
    py_object *attribute = PyObject_GetAttrString(value, name);
    if (!attribute) PyErr_Clear();
    py_release(attribute);
    return attribute != NULL;
}

static int32_t import_result(py_context *c, py_object *value, aj_record *record) {
    const aj_class *type = record->type;
    const aj_tensor_spec *spec = c->spec;
    const char *code = type->code + 1;
    if (!c->holders) c->holders = PyList_New(0);
    if (!c->holders || PyList_Append(c->holders, value)) return AJ_MEMORY_ERROR;
    record->head.flags = AJ_FROM_CALLER;
    c->spec = &aj_inside_spec;
    int32_t status = py_import_value(c, code, value, record->words);
    c->spec = spec;
    if (status) memset(record->words, 0, (size_t)type->words * sizeof *record->words);
    else status = aj_check_inside(c->self, c->name, code, type->dtypes, record->words);
    return status;
}

/* The first of its arguments, as which an exception has its message. */
static py_object *message_of(py_object *exception) {
    py_object *arguments = exception ? PyObject_GetAttrString(exception, "args") : NULL;
    py_object *first = arguments && PyTuple_Size(arguments) > 0 ? PyTuple_GetItem(arguments, 0) : exception;
    py_object *text = first ? PyObject_Str(first) : NULL;
    PyErr_Clear();
    py_release(arguments);
    return text;
}

/* What `wait` raised is what the task failed with, if a task can fail with that; else it ends this call. */
static int32_t import_failure(py_context *c, aj_record *record) {
    py_object *type = NULL, *exception = NULL, *trace = NULL;
    int32_t status = AJ_NOT_IMPLEMENTED; /* which is a RuntimeError too */
    while (status > AJ_OK && !PyErr_ExceptionMatches(py_exception_of(status))) status--;
    if (status == AJ_OK) return AJ_RUNTIME_ERROR;
    PyErr_Fetch(&type, &exception, &trace);
    py_object *message = message_of(exception);
    const char *text = message ? PyUnicode_AsUTF8AndSize(message, NULL) : NULL;
    if (!text) PyErr_Clear();
    aj_fail(c->self, status, "%s", text ? text : "the task failed");
    aj_future_fail(c->self, status, record);
    py_release(message);
    py_release(type);
    py_release(exception);
    py_release(trace);
    return AJ_OK;
}

int32_t aj_from_python_future(py_context *c, const char *code, py_object *value, aj_word *out) {
    aj_record *record = NULL;
    if (!has(value, "wait") || !has(value, "done")) return py_fail_type(c, "a Future", value);
    int32_t status = aj_future_new(c->self, aj_crossing_class(c->self, code), &record);
    if (status) return status;
    py_object *wait = PyObject_GetAttrString(value, "wait");
    py_object *result = wait ? PyObject_CallFunctionObjArgs(wait, NULL) : NULL;
    status = result ? import_result(c, result, record) : import_failure(c, record);
    py_release(wait);
    py_release(result);
    if (status) aj_release(c->self, &record->head);
    else *out = (aj_word)(uintptr_t)record;
    return status;
}

/* -- out ---------------------------------------------------------------------------------------------------------- */

static py_object *failure_of(py_context *c, int32_t status) {
    aj_instance *self = c->self;
    py_object *message = PyUnicode_FromString(self->error);
    py_object *failure = message ? PyObject_CallFunctionObjArgs(py_exception_of(status), message, NULL) : NULL;
    py_release(message);
    self->status = AJ_OK;
    self->error_bytes = 0;
    self->error[0] = 0;
    return failure;
}

py_object *aj_to_python_future(py_context *c, const char *code, const aj_word *value) {
    aj_record *record = (aj_record *)aj_word_pointer(value[0]);
    py_object *none = &_Py_NoneStruct, *made = NULL;
    (void)code;
    int32_t status = aj_wait(c->self, record);
    py_object *part = status ? failure_of(c, status) : py_export_part(c, record->type->code + 1, record->words);
    py_object *class_ = part ? py_class_named(c, "torch.jit.Future}") : NULL;
    if (class_) made = PyObject_CallFunctionObjArgs(class_, status ? none : part, status ? part : none, NULL);
    py_release(part);
    aj_release(c->self, &record->head);
    return made;
}
