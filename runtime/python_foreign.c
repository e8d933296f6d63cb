/* Tensors of other libraries: DLPack's exchange interface (torch), `__dlpack__`, and the buffer protocol. */
#include "dlpack_export.h"
#include "python_state.h"

/* Keeps `owner` until the end of the call; takes the reference. */
static int32_t hold(py_context *c, py_object *owner) {
    if (!c->holders) c->holders = PyList_New(0);
    int failed = !c->holders || PyList_Append(c->holders, owner);
    Py_DecRef(owner);
    return failed ? AJ_MEMORY_ERROR : AJ_OK;
}

static bool is_written(const py_context *c) { return c->spec && (c->spec->flags & AJ_SPEC_WRITTEN); }

/* -- the exchange interface --------------------------------------------------------------------------------------- */

/* The exchange interface of a type, or NULL. Remembers the last few types. */
static const exchange_type *exchange_of(py_state *py, py_type *type) {
    for (int32_t i = 0; i < AJ_EXCHANGES; i++) {
        if (py->exchange[i].type == type) return &py->exchange[i];
    }
    const dlpack_exchange *exchange = NULL;
    py_object *capsule = PyObject_GetAttrString(&type->head, "__dlpack_c_exchange_api__");
    if (capsule) exchange = (const dlpack_exchange *)PyCapsule_GetPointer(capsule, "dlpack_exchange_api");
    py_release(capsule);
    PyErr_Clear();
    while (exchange && exchange->version.major != DLPACK_MAJOR_VERSION) exchange = exchange->previous;
    if (!exchange) return NULL;
    exchange_type *known = &py->exchange[py->next_exchange];
    py->next_exchange = (py->next_exchange + 1) % AJ_EXCHANGES;
    exchange_type dropped = *known;
    Py_IncRef(&type->head);
    *known = (exchange_type){type, exchange, PyObject_GetAttrString(&type->head, "is_neg")};
    PyErr_Clear();
    py_release(dropped.type ? &dropped.type->head : NULL);
    py_release(dropped.is_neg);
    return known;
}

static void delete_managed(py_object *capsule) {
    DLManagedTensorVersioned *managed = (DLManagedTensorVersioned *)PyCapsule_GetPointer(capsule, "aotjit_held");
    if (managed && managed->deleter) managed->deleter(managed);
}

/* What the exporter raised (torch: a message and a C++ stack, for tensors on another device or without memory) becomes
 * a TypeError that names the argument and says the first line. */
static __attribute__((noinline, cold)) int32_t fail_exchange(py_context *c) {
    py_object *type = NULL, *value = NULL, *trace = NULL;
    PyErr_Fetch(&type, &value, &trace);
    py_object *message = value ? PyObject_Str(value) : NULL;
    const char *text = message ? PyUnicode_AsUTF8AndSize(message, NULL) : NULL;
    char line[200] = "";
    for (size_t n = 0; text && n < sizeof line - 1 && text[n] && text[n] != '\n'; n++) line[n] = text[n];
    PyErr_Clear();
    int32_t status = aj_fail(c->self, AJ_TYPE_ERROR, "%s: the tensor cannot be read as dense CPU memory%s%s", c->name,
                             line[0] ? ": " : "", line);
    py_release(message);
    py_release(trace);
    py_release(value);
    py_release(type);
    return status;
}

/* A result of a method of `value`, which is NULL when that failed. */
static py_object *ask(py_object *value, const char *method) {
    py_object *function = PyObject_GetAttrString(value, method);
    py_object *result = function ? PyObject_CallObject(function, NULL) : NULL;
    py_release(function);
    return result;
}

/* Writing goes past autograd, which torch refuses as well. */
static int32_t check_gradient(py_context *c, py_object *value) {
    py_object *answer = PyObject_GetAttrString(value, "requires_grad");
    bool refused = answer && PyObject_IsTrue(answer) == 1;
    py_release(answer);
    PyErr_Clear();
    if (!refused) return AJ_OK;
    return aj_fail(c->self, AJ_RUNTIME_ERROR, "%s: the function writes to it, but the tensor requires grad; pass "
                   "x.detach()", c->name);
}

static int32_t import_managed(py_context *c, DLManagedTensorVersioned *managed, aj_tensor *t) {
    if (managed->version.major != DLPACK_MAJOR_VERSION) {
        return aj_fail(c->self, AJ_TYPE_ERROR, "%s: DLPack version %d is not supported", c->name,
                       (int)managed->version.major);
    }
    if (is_written(c) && managed->flags & (DLPACK_FLAG_BITMASK_READ_ONLY | DLPACK_FLAG_BITMASK_IS_COPIED)) {
        return aj_fail(c->self, AJ_VALUE_ERROR, "%s: the function writes to it, but the tensor is read-only", c->name);
    }
    return aj_import_dltensor(c->self, c->name, &managed->dl_tensor, t);
}

static int32_t import_exchange(py_context *c, const dlpack_exchange *exchange, py_object *value, aj_tensor *t) {
    DLTensor borrowed;
    if (exchange->borrow_from_object) {
        if (exchange->borrow_from_object(value, &borrowed)) return fail_exchange(c);
        return aj_import_dltensor(c->self, c->name, &borrowed, t);
    }
    DLManagedTensorVersioned *managed = NULL;
    if (exchange->managed_from_object(value, &managed)) return fail_exchange(c);
    py_object *capsule = PyCapsule_New(managed, "aotjit_held", delete_managed);
    if (!capsule || hold(c, capsule)) return AJ_MEMORY_ERROR;
    return import_managed(c, managed, t);
}

/* DLPack has no word for the negative bit of torch (`z.conj().imag`): what is in memory is then minus the tensor. */
static int32_t import_negative(py_context *c, py_object *value, const dlpack_exchange *exchange, aj_tensor *t) {
    if (is_written(c)) {
        return aj_fail(c->self, AJ_TYPE_ERROR, "%s: the function writes to it, but the tensor is a negated view; pass "
                       "x.resolve_neg()", c->name);
    }
    py_object *plain = ask(value, "resolve_neg");
    if (!plain) return fail_exchange(c);
    int32_t status = hold(c, plain);
    return status ? status : import_exchange(c, exchange, plain, t);
}

static int32_t import_known(py_context *c, const exchange_type *known, py_object *value, aj_tensor *t) {
    const dlpack_exchange *exchange = c->exchange = known->exchange;
    if (known->is_neg) {
        py_object *negative = PyObject_CallFunctionObjArgs(known->is_neg, value, NULL);
        if (!negative) return fail_exchange(c);
        Py_DecRef(negative);
        if (negative != &_Py_FalseStruct) return import_negative(c, value, exchange, t);
    }
    int32_t status = is_written(c) ? check_gradient(c, value) : AJ_OK;
    return status ? status : import_exchange(c, exchange, value, t);
}

/* -- __dlpack__ --------------------------------------------------------------------------------------------------- */

/* `__dlpack__(max_version=(1, 0))`, which can say that memory is read-only; without arguments where the library knows
 * only the first form. */
static py_object *capsule_of(py_object *method) {
    py_object *none = PyTuple_New(0), *names = PyDict_New(), *version = PyTuple_New(2), *capsule = NULL;
    if (none && names && version) {
        PyTuple_SetItem(version, 0, PyLong_FromLongLong(DLPACK_MAJOR_VERSION));
        PyTuple_SetItem(version, 1, PyLong_FromLongLong(DLPACK_MINOR_VERSION));
        if (!PyDict_SetItemString(names, "max_version", version)) capsule = PyObject_Call(method, none, names);
        if (!capsule && PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_Clear();
            capsule = PyObject_CallObject(method, NULL);
        }
    }
    py_release(version);
    py_release(names);
    py_release(none);
    return capsule;
}

/* The capsule keeps the memory until the end of the call. */
static int32_t import_capsule(py_context *c, py_object *method, aj_tensor *t) {
    py_object *capsule = capsule_of(method);
    if (!capsule || hold(c, capsule)) return AJ_RUNTIME_ERROR;
    if (PyCapsule_IsValid(capsule, "dltensor")) {
        DLManagedTensor *managed = (DLManagedTensor *)PyCapsule_GetPointer(capsule, "dltensor");
        return aj_import_dltensor(c->self, c->name, &managed->dl_tensor, t);
    }
    if (PyCapsule_IsValid(capsule, "dltensor_versioned")) {
        void *pointer = PyCapsule_GetPointer(capsule, "dltensor_versioned");
        return import_managed(c, (DLManagedTensorVersioned *)pointer, t);
    }
    return aj_fail(c->self, AJ_TYPE_ERROR, "%s: __dlpack__() did not return a DLPack capsule", c->name);
}

/* -- the buffer protocol ------------------------------------------------------------------------------------------ */

/* One-letter struct formats of native order. */
static int32_t dtype_of_format(const char *format, intptr_t bytes) {
    if (!format) return AJ_U8;
    if (*format == '@' || *format == '=' || *format == '<') format++;
    if (format[0] == 'Z' && format[1] && !format[2]) return bytes == 8 ? AJ_C64 : bytes == 16 ? AJ_C128 : -1;
    if (!format[0] || format[1]) return -1;
    switch (format[0]) {
    case '?': return AJ_BOOL;
    case 'b': return AJ_I8;
    case 'B': return AJ_U8;
    case 'e': return AJ_F16;
    case 'f': return AJ_F32;
    case 'd': return AJ_F64;
    case 'h':
    case 'i':
    case 'l':
    case 'q': return bytes == 2 ? AJ_I16 : bytes == 4 ? AJ_I32 : bytes == 8 ? AJ_I64 : -1;
    default: return -1;
    }
}

static int32_t import_buffer(py_context *c, py_object *value, aj_tensor *t) {
    py_buffer view;
    if (PyObject_GetBuffer(value, &view, is_written(c) ? PY_BUFFER_RECORDS : PY_BUFFER_RECORDS_RO)) {
        PyErr_Clear();
        return py_fail_type(c, "a tensor", value);
    }
    py_object *keeper = PyMemoryView_FromObject(value);
    int32_t dtype = dtype_of_format(view.format, view.item_bytes);
    bool plain = dtype >= 0 && aj_dtype_bytes(dtype) == view.item_bytes && view.ndim <= AJ_MAX_RANK;
    t->head = (aj_object){.refcount = 1, .kind = AJ_TENSOR};
    t->dtype = dtype;
    t->ndim = plain ? view.ndim : 0;
    t->data = view.data;
    t->storage = NULL;
    t->numel = 1;
    for (int32_t d = 0; d < t->ndim; d++) {
        t->sizes[d] = view.shape[d];
        t->strides[d] = view.strides[d] / view.item_bytes;
        plain &= view.strides[d] % view.item_bytes == 0;
        t->numel *= view.shape[d];
    }
    plain &= t->numel == 0 || (uintptr_t)view.data % (uintptr_t)view.item_bytes == 0;
    PyBuffer_Release(&view);
    if (!keeper || hold(c, keeper)) return AJ_MEMORY_ERROR;
    return plain ? AJ_OK : aj_fail(c->self, AJ_TYPE_ERROR, "%s: unsupported buffer format or layout", c->name);
}

static bool has_buffer(py_object *value) {
    py_object *view = PyMemoryView_FromObject(value);
    if (!view) PyErr_Clear();
    py_release(view);
    return view != NULL;
}

int32_t py_import_foreign(py_context *c, py_object *value, aj_tensor *t) {
    const exchange_type *known = exchange_of(c->py, value->type);
    if (known) return import_known(c, known, value, t);
    py_object *method = PyObject_GetAttrString(value, "__dlpack__");
    if (method) {
        int32_t status = import_capsule(c, method, t);
        Py_DecRef(method);
        return status;
    }
    PyErr_Clear();
    return has_buffer(value) ? import_buffer(c, value, t) : py_fail_type(c, "a tensor", value);
}
