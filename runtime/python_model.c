/* The type of a model: an instance of the library with its functions as methods. */
#include "arena.h"
#include "libc.h"
#include "python_state.h"

static const aj_entry *forward_of(const aj_model *model) {
    for (uint32_t i = 0; i < model->entry_count; i++) {
        if (strlen(model->entries[i].name) == 7 && memcmp(model->entries[i].name, "forward", 7) == 0) {
            return &model->entries[i];
        }
    }
    return model->entry_count == 1 ? &model->entries[0] : NULL;
}

/* print() goes where Python's goes. */
static void print_to_stdout(void *context, const char *text, size_t bytes) {
    py_callable *model = (py_callable *)context;
    bool locked = py_lock(model);
    py_object *file = PySys_GetObject("stdout");
    py_object *line = PyUnicode_FromStringAndSize(text, (intptr_t)bytes);
    if (!line || (file && file != &_Py_NoneStruct && PyFile_WriteObject(line, file, PY_PRINT_RAW)))
        PyErr_Clear(); /* a closed file must not stop the model */
    py_release(line);
    py_unlock(model, locked);
}

/* A model with an instance of its own: a new one, or a copy of `original`'s. */
static py_object *model_make(py_state *py, const py_callable *original) {
    py_callable *m = (py_callable *)PyType_GenericAlloc(py->model_type, 0);
    if (!m) return NULL;
    aotjit_options options = {.size = sizeof options, .print = print_to_stdout, .context = m};
    m->call = py_call;
    m->py = py;
    m->entry = forward_of(py->model);
    int32_t status = original ? aj_copy_instance(original->instance, &options, &m->instance)
                              : aj_create(py->model, &options, &m->instance);
    if (!status) {
        m->instance->host = m;
        return &m->head;
    }
    if (status == AJ_MEMORY_ERROR) {
        PyErr_NoMemory();
    } else {
        PyErr_SetString(PyExc_RuntimeError, "this library was built for a newer CPU than this one");
    }
    Py_DecRef(&m->head);
    return NULL;
}

static py_object *model_another(py_object *self, py_object *unused) {
    (void)unused;
    return model_make(((py_callable *)self)->py, NULL);
}

static py_object *model_clone(py_object *self, py_object *unused) {
    py_callable *m = (py_callable *)self;
    (void)unused;
    bool entered = py_enter(m);
    py_object *copy = model_make(m->py, m);
    py_leave(m, entered);
    if (copy && m->extra) ((py_callable *)copy)->extra = PyDict_Copy(m->extra);
    return copy;
}

static py_object *model_reset(py_object *self, py_object *unused) {
    py_callable *m = (py_callable *)self;
    (void)unused;
    if (m->runner == PyThreadState_Get()) {
        PyErr_SetString(PyExc_RuntimeError, "reset() inside a call of the same model");
        return NULL;
    }
    bool entered = py_enter(m);
    int32_t status = aj_reset(m->instance);
    py_leave(m, entered);
    if (status) return py_raise(m->instance, status);
    Py_IncRef(&_Py_NoneStruct);
    return &_Py_NoneStruct;
}

/* aotjit.load_state.load_state(model, ...): it reads files and says what is missing. */
static py_object *model_load_state(py_object *self, py_object *arguments, py_object *names) {
    py_object *load = py_imported("aotjit.load_state", "load_state");
    intptr_t count = PyTuple_Size(arguments);
    py_object *all = load ? PyTuple_New(count + 1) : NULL, *result = NULL;
    if (all) {
        Py_IncRef(self);
        PyTuple_SetItem(all, 0, self);
        for (intptr_t i = 0; i < count; i++) {
            py_object *item = PyTuple_GetItem(arguments, i);
            Py_IncRef(item);
            PyTuple_SetItem(all, i + 1, item);
        }
        result = PyObject_Call(load, all, names);
    }
    py_release(all);
    py_release(load);
    return result;
}

static py_object *model_replace_weights(py_object *self, py_object *arguments) {
    return py_replace_weights((py_callable *)self, PyTuple_GetItem(arguments, 0));
}

static py_object *model_open_weights(py_object *self, py_object *arguments) {
    py_callable *m = (py_callable *)self;
    const char *path = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(arguments, 0), NULL);
    if (!path) return NULL;
    bool entered = py_enter(m);
    int32_t status = aj_open_weights(m->instance, path);
    py_leave(m, entered);
    if (status) return py_raise(m->instance, status);
    Py_IncRef(&_Py_NoneStruct);
    return &_Py_NoneStruct;
}

static py_object *model_weights_place(py_object *self, void *closure) {
    (void)closure;
    return PyLong_FromLongLong(((py_callable *)self)->py->model->weights_place);
}

static py_object *model_parameters(py_object *self, void *closure) {
    (void)closure;
    return py_parameters(((py_callable *)self)->py->model);
}

/* The state is found through the class: its `_state` attribute is a capsule. */
static py_object *model_new(py_type *type, py_object *arguments, py_object *names) {
    (void)arguments;
    (void)names;
    py_object *capsule = PyObject_GetAttrString(&type->head, "_state");
    py_state *py = capsule ? (py_state *)PyCapsule_GetPointer(capsule, "aotjit_state") : NULL;
    py_release(capsule);
    return py ? model_make(py, NULL) : NULL;
}

static void model_dealloc(py_object *self) {
    py_callable *m = (py_callable *)self;
    py_type *type = self->type;
    aj_dispose(m->instance);
    py_release(m->extra);
    if (m->gate) PyThread_free_lock(m->gate);
    PyObject_Free(self);
    Py_DecRef(&type->head);
}

/* name(arguments) -> result of every function, one a line. */
static py_object *model_signature(py_object *self, void *closure) {
    const aj_model *model = ((py_callable *)self)->py->model;
    (void)closure;
    py_object *text = PyUnicode_FromString("");
    for (uint32_t i = 0; i < model->entry_count && text; i++) {
        const aj_entry *entry = &model->entries[i];
        py_object *before = text;
        text = PyUnicode_FromFormat("%U%s%s%s", before, i ? "\n" : "", entry->name, entry->signature);
        Py_DecRef(before);
    }
    return text;
}

static py_object *model_repr(py_object *self) {
    const aj_model *model = ((py_callable *)self)->py->model;
    py_object *signature = model_signature(self, NULL);
    const char *name = model->class_name ? model->class_name : model->name;
    py_object *result = signature ? PyUnicode_FromFormat("<aotjit model %s: %U>", name, signature) : NULL;
    py_release(signature);
    return result;
}

static py_object *model_manifest(py_object *self, void *closure) {
    (void)closure;
    return PyUnicode_FromString(((py_callable *)self)->py->model->manifest);
}

/* inspect.signature of the function that a call runs. */
static py_object *model_inspect(py_object *self, void *closure) {
    py_callable *m = (py_callable *)self;
    (void)closure;
    if (!m->entry) {
        PyErr_SetString(PyExc_AttributeError, "__signature__");
        return NULL;
    }
    py_object *function = py_function_new(m->py, m->entry, m), *signature = py_imported("inspect", "signature");
    py_object *result = signature && function ? PyObject_CallFunctionObjArgs(signature, function, NULL) : NULL;
    py_release(signature);
    py_release(function);
    return result;
}

/* json.loads(manifest), or NULL with an exception. */
static py_object *parsed_manifest(const py_callable *m) {
    py_object *loads = py_imported("json", "loads");
    py_object *result = loads ? PyObject_CallFunction(loads, "s", m->py->model->manifest) : NULL;
    py_release(loads);
    return result;
}

static const char GRAPH[] = "graph", CODE[] = "code", SAVE[] = "save";

/* Where the words of the mutable state are, for `save`; 0: there is none. */
static py_object *model_state_words(py_object *self, void *closure) {
    (void)closure;
    return PyLong_FromLongLong((int64_t)(uintptr_t)((py_callable *)self)->instance->state);
}

/* IR text and source text: set on the model by the compiler, else from the manifest. `save` is a function of the model
 * too: what is found is bound to it. */
static py_object *model_extra(py_object *self, void *closure) {
    py_callable *m = (py_callable *)self;
    const char *key = (const char *)closure;
    if (!m->extra && !(m->extra = parsed_manifest(m))) return NULL;
    py_object *value = PyDict_GetItemString(m->extra, key);
    if (value && key == SAVE) {
        py_object *partial = py_imported("functools", "partial");
        py_object *bound = partial ? PyObject_CallFunctionObjArgs(partial, value, self, NULL) : NULL;
        py_release(partial);
        return bound;
    }
    if (value) Py_IncRef(value);
    else PyErr_SetString(PyExc_AttributeError, "only what aotjit.compile() returns has graph and code");
    return value;
}

static int model_set_extra(py_object *self, py_object *value, void *closure) {
    py_callable *m = (py_callable *)self;
    if (!value) {
        PyErr_SetString(PyExc_AttributeError, (const char *)closure);
        return -1;
    }
    if (!m->extra) m->extra = parsed_manifest(m);
    return m->extra ? PyDict_SetItemString(m->extra, (const char *)closure, value) : -1;
}

/* aotjit.loader.load(path) on the other side. Mutable state is not carried: the copy starts anew. */
static py_object *model_reduce(py_object *self, py_object *unused) {
    py_callable *m = (py_callable *)self;
    (void)unused;
    py_object *path = PyObject_GetAttrString(m->py->module, "__file__");
    py_object *load = path ? py_imported("aotjit.loader", "load") : NULL;
    if (load) return Py_BuildValue("(N(N))", load, path);
    py_release(path);
    return NULL;
}

static py_object *model_threads(py_object *self, void *closure) {
    (void)closure;
    return PyLong_FromLongLong(((py_callable *)self)->instance->threads);
}

static int model_set_threads(py_object *self, py_object *value, void *closure) {
    (void)closure;
    int64_t threads = value ? PyLong_AsLongLong(value) : 1;
    if (threads == -1 && PyErr_Occurred()) return -1;
    if (threads < 1 || threads > 1024) {
        PyErr_SetString(PyExc_ValueError, "threads: expected 1 to 1024");
        return -1;
    }
    py_callable *m = (py_callable *)self;
    bool entered = py_enter(m);
    aj_set_threads(m->instance, (int32_t)threads);
    py_leave(m, entered);
    return 0;
}

/* How many times the model took memory from the system, for tests of reuse. */
static py_object *model_allocations(py_object *self, void *closure) {
    (void)closure;
    return PyLong_FromLongLong(aj_arena_allocations(((py_callable *)self)->instance));
}

/* What is held of it, for tests of leaks. */
static py_object *model_live_bytes(py_object *self, void *closure) {
    (void)closure;
    py_callable *m = (py_callable *)self;
    bool entered = py_enter(m);
    int64_t bytes = aj_arena_live_bytes(m->instance);
    py_leave(m, entered);
    return PyLong_FromLongLong(bytes);
}

static const py_getset MODEL_GETSET[] = {
    {"signature", model_signature, NULL, "Name, argument and result types of every function, as text.", NULL},
    {"manifest", model_manifest, NULL, "What the library is, as JSON.", NULL},
    {"graph", model_extra, model_set_extra, "The program as IR.", (void *)(uintptr_t)GRAPH},
    {"code", model_extra, model_set_extra, "The program as source.", (void *)(uintptr_t)CODE},
    {"save", model_extra, model_set_extra, "save(path) writes an archive.", (void *)(uintptr_t)SAVE},
    {"threads", model_threads, model_set_threads, "How many threads a call may use; 1 at first.", NULL},
    {"__signature__", model_inspect, NULL, NULL, NULL},
    {"_weights_place", model_weights_place, NULL, NULL, NULL},
    {"_parameters", model_parameters, NULL, NULL, NULL},
    {"_state_words", model_state_words, NULL, NULL, NULL},
    {"_allocations", model_allocations, NULL, NULL, NULL},
    {"_live_bytes", model_live_bytes, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const py_method MODEL_METHODS[] = {
    {"reset", model_reset, PY_METH_NOARGS, "The mutable attributes become what they were at first."},
    {"clone", model_clone, PY_METH_NOARGS, "A copy with a state of its own, equal to this one's."},
    {"new", model_another, PY_METH_NOARGS, "Another model of this library in its first state."},
    {"load_state", (py_object * (*)(py_object *, py_object *))(void (*)(void))model_load_state,
     PY_METH_VARARGS | PY_METH_KEYWORDS,
     "load_state(state, strict=True): other weights, from a dict of tensors or a file (.pt, .safetensors, .npz), for all "
     "models of this library, from each one's next call on."},
    {"_open_weights", model_open_weights, PY_METH_VARARGS, NULL},
    {"_replace_weights", model_replace_weights, PY_METH_VARARGS, NULL},
    {"__reduce__", model_reduce, PY_METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static const py_member MODEL_MEMBERS[] = {
    {"__vectorcalloffset__", PY_MEMBER_SIZE, offsetof(py_callable, call), PY_READ_ONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static bool add_functions(py_state *py) {
    for (uint32_t i = 0; i < py->model->entry_count; i++) {
        py_object *function = py_function_new(py, &py->model->entries[i], NULL);
        int failed = !function || PyObject_SetAttrString(&py->model_type->head, py->model->entries[i].name, function);
        py_release(function);
        if (failed) return false;
    }
    return true;
}

bool py_model_ready(py_state *py) {
    py_slot slots[] = {
        {PY_TP_CALL, (void *)PyVectorcall_Call},
        {PY_TP_DEALLOC, (void *)model_dealloc},
        {PY_TP_NEW, (void *)model_new},
        {PY_TP_REPR, (void *)model_repr},
        {PY_TP_GETSET, (void *)(uintptr_t)MODEL_GETSET},
        {PY_TP_METHODS, (void *)(uintptr_t)MODEL_METHODS},
        {PY_TP_MEMBERS, (void *)(uintptr_t)MODEL_MEMBERS},
        {PY_TP_DOC, (void *)(uintptr_t) "A compiled model. Each object has its own state; the weights are shared."},
        {0, NULL},
    };
    const char *name = py->model->class_name ? py->model->class_name : "Model";
    py->model_type = (py_type *)py_make_type(py, name, sizeof(py_callable), PY_FLAGS_DEFAULT | PY_FLAGS_VECTORCALL,
                                             slots);
    if (!py->model_type) return false;
    py_object *capsule = PyCapsule_New(py, "aotjit_state", NULL);
    int failed = !capsule || PyObject_SetAttrString(&py->model_type->head, "_state", capsule);
    py_release(capsule);
    return !failed && add_functions(py);
}
