/* Replacing weights from Python: `model.load_state`, whose reading of files is aotjit.loader's. */
#include "call.h"
#include "libc.h"
#include "python_state.h"
#include "weights.h"

/* Names and tensors of a dict, as arrays; `names` NULL after a failure. */
typedef struct given {
    const char **names;
    aj_tensor *tensors;
    int64_t count;
} given;

static int32_t import_given(py_context *c, py_object *dict, given *g) {
    intptr_t at = 0;
    py_object *key, *value;
    while (PyDict_Next(dict, &at, &key, &value)) {
        const char *name = PyUnicode_AsUTF8AndSize(key, NULL);
        if (!name) return AJ_TYPE_ERROR; /* Python has the exception */
        aj_word word = 0;
        c->name = name;
        int32_t status = py_import_tensor(c, value, &word);
        if (status) return status;
        aj_tensor *t = (aj_tensor *)(uintptr_t)word;
        g->names[g->count] = name;
        g->tensors[g->count++] = *t; /* the memory is the argument's, which the caller or `holders` keep */
        aj_release(c->self, &t->head);
    }
    return AJ_OK;
}

static int32_t replace(py_context *c, py_object *dict, intptr_t count) {
    void *names = NULL, *tensors = NULL;
    int32_t status = AJ_MEMORY_ERROR;
    if (!posix_memalign(&names, AJ_ALIGNMENT, (size_t)(count + 1) * sizeof(char *)) &&
        !posix_memalign(&tensors, AJ_ALIGNMENT, (size_t)(count + 1) * sizeof(aj_tensor))) {
        given g = {(const char **)names, (aj_tensor *)tensors, 0};
        status = import_given(c, dict, &g);
        if (!status) status = aj_replace_weights(c->self, g.names, g.tensors, g.count, 0);
    }
    free(names);
    free(tensors);
    return status;
}

py_object *py_replace_weights(py_callable *model, py_object *dict) {
    bool entered = py_enter(model);
    py_context c = {.py = model->py, .self = model->instance, .name = "weights"};
    if (entered) aj_call_begin(c.self);
    py_object *length = PyObject_GetAttrString(dict, "__len__");
    py_object *number = length ? PyObject_CallFunctionObjArgs(length, NULL) : NULL;
    int32_t status = AJ_TYPE_ERROR;
    if (number) status = replace(&c, dict, (intptr_t)PyLong_AsLongLong(number));
    py_release(number);
    py_release(length);
    py_object *result = NULL;
    if (status) {
        py_raise(c.self, status);
    } else {
        result = &_Py_NoneStruct;
        Py_IncRef(result);
    }
    py_release(c.holders);
    py_leave(model, entered);
    return result;
}

/* [(name, dtype, shape, why it cannot be replaced or None, number of the tensor or -1), ...] */
static py_object *parameter_tuple(const aj_parameter *p) {
    py_object *shape = PyTuple_New(p->ndim);
    for (int32_t d = 0; d < p->ndim && shape; d++) PyTuple_SetItem(shape, d, PyLong_FromLongLong(p->sizes[d]));
    if (!shape) return NULL;
    return Py_BuildValue("(ssNzi)", p->name, aj_dtype_name(p->dtype), shape, p->folded, (int)p->group);
}

py_object *py_parameters(const aj_model *model) {
    py_object *list = PyList_New(0);
    for (int32_t i = 0; i < model->parameter_count && list; i++) {
        py_object *item = parameter_tuple(&model->parameters[i]);
        int failed = !item || PyList_Append(list, item);
        py_release(item);
        if (!failed) continue;
        Py_DecRef(list);
        return NULL;
    }
    return list;
}
