/* Tensors of programs that ask which tensor is which (keys of dicts, `is`): in one call, an object of the caller's is one
 * tensor wherever it is given, and a tensor is one object wherever it comes back. */
#include "dict.h"
#include "operators.h"
#include "python_state.h"

/* `c->tensors` has two entries for each pair: one at the object's address and one at the tensor's. */
typedef struct pair {
    aj_word tensor; /* a reference */
    aj_word object; /* which `c->holders` keeps */
} pair;

static const pair *known(const py_context *c, const void *address) {
    aj_word key = (aj_word)(uintptr_t)address;
    return c->tensors ? (const pair *)(const void *)aj_dict_find(c->tensors, &key) : NULL;
}

static int32_t remember(py_context *c, aj_tensor *t, py_object *object) {
    pair both = {(aj_word)(uintptr_t)t, (aj_word)(uintptr_t)object};
    int32_t status = c->tensors ? AJ_OK : aj_dict_new(c->self, 2, 1, 'i', 0, &c->tensors);
    if (!c->holders) c->holders = PyList_New(0);
    if (!status && (!c->holders || PyList_Append(c->holders, object))) status = AJ_MEMORY_ERROR;
    if (!status) status = aj_dict_set(c->self, c->tensors, &both.object, &both.tensor);
    if (!status) status = aj_dict_set(c->self, c->tensors, &both.tensor, &both.tensor);
    return status;
}

int32_t aj_from_python_tensor(py_context *c, const char *code, py_object *value, aj_word *out) {
    const pair *given = known(c, value);
    (void)code;
    int32_t status = py_import_tensor(c, value, out); /* each place has demands of its own */
    if (status) return status;
    aj_tensor *t = (aj_tensor *)aj_word_pointer(*out);
    if (given) {
        aj_retain((aj_object *)aj_word_pointer(given->tensor));
        *out = given->tensor;
    } else {
        status = remember(c, t, value);
    }
    if (given || status) aj_release(c->self, &t->head);
    return status;
}

/* An array is no key of Python's dicts; one of the library's own class is, by its identity. */
static py_object *as_key(py_context *c, py_object *array) {
    py_object *make = array && c->py->types ? PyDict_GetItemString(c->py->types, "_key") : NULL;
    if (!make || c->exchange) return array;
    py_object *made = PyObject_CallFunctionObjArgs(make, array, NULL);
    Py_DecRef(array);
    return made;
}

py_object *aj_to_python_tensor(py_context *c, const char *code, const aj_word *value) {
    aj_tensor *t = (aj_tensor *)aj_word_pointer(value[0]);
    const pair *given = known(c, t);
    (void)code;
    if (given) {
        py_object *object = (py_object *)aj_word_pointer(given->object);
        Py_IncRef(object);
        aj_release(c->self, &t->head);
        return object;
    }
    aj_retain(&t->head);
    py_object *made = as_key(c, py_export_tensor(c, t));
    if (made && remember(c, t, made)) {
        Py_DecRef(made);
        made = py_raise(c->self, AJ_MEMORY_ERROR);
    }
    aj_release(c->self, &t->head);
    return made;
}
