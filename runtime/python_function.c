/* The type of a model's functions. Like a method, a function of the class becomes one of a model when it is looked up
 * there; inspect and pydoc take it for a builtin routine with a __text_signature__. */
#include "call.h"
#include "python_state.h"

py_object *py_signature_text(const aj_entry *entry, bool with_name) {
    return PyUnicode_FromFormat("%s%s", with_name ? entry->name : "", entry->signature);
}

py_object *py_imported(const char *module, const char *name) {
    py_object *imported = PyImport_ImportModule(module);
    py_object *result = imported ? PyObject_GetAttrString(imported, name) : NULL;
    py_release(imported);
    return result;
}

static void function_dealloc(py_object *self) {
    py_type *type = self->type;
    py_release(((py_callable *)self)->owner);
    PyObject_Free(self);
    Py_DecRef(&type->head);
}

py_object *py_function_new(py_state *py, const aj_entry *entry, py_callable *owner) {
    py_callable *f = (py_callable *)PyType_GenericAlloc(owner ? py->function_type : py->unbound_type, 0);
    if (!f) return NULL;
    f->call = owner ? py_call : py_call_unbound;
    f->py = py;
    f->entry = entry;
    if (owner) {
        f->owner = &owner->head;
        Py_IncRef(f->owner);
    }
    return &f->head;
}

static py_object *function_get(py_object *self, py_object *object, py_object *type) {
    py_callable *f = (py_callable *)self;
    (void)type;
    if (!object || f->owner || object->type != f->py->model_type) {
        Py_IncRef(self);
        return self;
    }
    return py_function_new(f->py, f->entry, (py_callable *)object);
}

static py_object *function_name(py_object *self, void *closure) {
    const aj_entry *entry = ((py_callable *)self)->entry;
    return PyUnicode_FromString(closure ? entry->qualified : entry->name);
}

static py_object *function_doc(py_object *self, void *closure) {
    const char *doc = ((py_callable *)self)->entry->doc;
    (void)closure;
    return doc ? PyUnicode_FromString(doc) : py_signature_text(((py_callable *)self)->entry, true);
}

static py_object *function_signature(py_object *self, void *closure) {
    (void)closure;
    return py_signature_text(((py_callable *)self)->entry, false);
}

static py_object *function_module(py_object *self, void *closure) {
    (void)closure;
    return PyUnicode_FromString(((py_callable *)self)->py->model->name);
}

static py_object *function_owner(py_object *self, void *closure) {
    py_object *owner = ((py_callable *)self)->owner;
    (void)closure;
    if (!owner) owner = &_Py_NoneStruct;
    Py_IncRef(owner);
    return owner;
}

/* A default as Python writes it; "..." for what inspect does not read back. */
static py_object *default_text(const py_callable *f, const aj_argument *a) {
    py_context c = {.py = f->py, .self = f->py->first->instance, .name = a->name};
    if (*a->code == 'f' && aj_word_double(*a->initial) - aj_word_double(*a->initial) != 0)
        return PyUnicode_FromString("..."); /* inf, nan */
    py_object *value = py_export_value(&c, a->code, a->initial); /* a constant: nothing is released */
    py_object *text = value ? PyObject_Repr(value) : NULL;
    py_release(value);
    return text;
}

/* What inspect.signature parses: names and defaults, without the types. */
static py_object *function_text_signature(py_object *self, void *closure) {
    const py_callable *f = (const py_callable *)self;
    (void)closure;
    py_object *text = PyUnicode_FromString("(");
    for (int32_t i = 0; i < f->entry->argument_count && text; i++) {
        const aj_argument *a = &f->entry->arguments[i];
        py_object *value = a->initial ? default_text(f, a) : PyUnicode_FromString(""), *before = text;
        text = value ? PyUnicode_FromFormat("%U%s%s%s%U", before, i ? ", " : "", a->name, a->initial ? "=" : "", value)
                     : NULL;
        py_release(value);
        py_release(before);
    }
    py_object *whole = text ? PyUnicode_FromFormat("%U)", text) : NULL;
    py_release(text);
    return whole;
}

static py_object *function_repr(py_object *self) {
    const aj_entry *entry = ((const py_callable *)self)->entry;
    return PyUnicode_FromFormat("<aotjit function %s%s>", entry->name, entry->signature);
}

/* A function of a model is getattr(model, name); one of the class cannot be pickled. */
static py_object *function_reduce(py_object *self, py_object *unused) {
    py_callable *f = (py_callable *)self;
    (void)unused;
    if (!f->owner) {
        PyErr_SetString(PyExc_TypeError, "a function of the class cannot be pickled; pickle that of a model");
        return NULL;
    }
    py_object *getattr = py_imported("builtins", "getattr");
    return getattr ? Py_BuildValue("(N(Os))", getattr, f->owner, f->entry->name) : NULL;
}

static const py_getset FUNCTION_GETSET[] = {
    {"__name__", function_name, NULL, NULL, NULL},
    {"__qualname__", function_name, NULL, NULL, (void *)(uintptr_t) "q"},
    {"__module__", function_module, NULL, NULL, NULL},
    {"__doc__", function_doc, NULL, NULL, NULL},
    {"__text_signature__", function_text_signature, NULL, NULL, NULL},
    {"__self__", function_owner, NULL, NULL, NULL},
    {"signature", function_signature, NULL, "Argument and result types, as text.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const py_method FUNCTION_METHODS[] = {
    {"__reduce__", function_reduce, PY_METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static const py_member FUNCTION_MEMBERS[] = {
    {"__vectorcalloffset__", PY_MEMBER_SIZE, offsetof(py_callable, call), PY_READ_ONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

bool py_function_ready(py_state *py) {
    py_slot slots[] = {
        {PY_TP_CALL, (void *)PyVectorcall_Call},
        {PY_TP_DEALLOC, (void *)function_dealloc},
        {PY_TP_DESCR_GET, (void *)function_get},
        {PY_TP_REPR, (void *)function_repr},
        {PY_TP_GETSET, (void *)(uintptr_t)FUNCTION_GETSET},
        {PY_TP_METHODS, (void *)(uintptr_t)FUNCTION_METHODS},
        {PY_TP_MEMBERS, (void *)(uintptr_t)FUNCTION_MEMBERS},
        {0, NULL},
    };
    const unsigned flags = PY_FLAGS_DEFAULT | PY_FLAGS_VECTORCALL;
    py->function_type = (py_type *)py_make_type(py, "Function", sizeof(py_callable), flags, slots);
    py->unbound_type = (py_type *)py_make_type(py, "Function", sizeof(py_callable), flags | PY_FLAGS_METHOD, slots);
    return py->function_type && py->unbound_type;
}
