/* The type of a tensor's memory as a Python object. */
#include "dlpack_export.h"
#include "python_state.h"

static void memory_dealloc(py_object *self) {
    py_memory *memory = (py_memory *)self;
    py_type *type = self->type;
    if (memory->managed) memory->managed->deleter(memory->managed);
    PyObject_Free(self);
    Py_DecRef(&type->head);
}

static void delete_unclaimed(py_object *capsule) {
    if (!PyCapsule_IsValid(capsule, "dltensor_versioned")) return; /* a consumer renamed it and owns the tensor */
    void *pointer = PyCapsule_GetPointer(capsule, "dltensor_versioned");
    DLManagedTensorVersioned *managed = (DLManagedTensorVersioned *)pointer;
    managed->deleter(managed);
}

/* Hands the tensor over: a second call finds nothing. */
static py_object *memory_dlpack(py_object *self, py_object *arguments, py_object *names) {
    py_memory *memory = (py_memory *)self;
    (void)arguments;
    (void)names;
    if (!memory->managed) {
        PyErr_SetString(PyExc_BufferError, "this tensor was already handed over");
        return NULL;
    }
    py_object *capsule = PyCapsule_New(memory->managed, "dltensor_versioned", delete_unclaimed);
    if (capsule) memory->managed = NULL;
    return capsule;
}

static py_object *memory_device(py_object *self, py_object *unused) {
    (void)self;
    (void)unused;
    return Py_BuildValue("(ii)", (int)kDLCPU, 0);
}

static const py_method MEMORY_METHODS[] = {
    {"__dlpack__", (py_object * (*)(py_object *, py_object *))(void *)memory_dlpack, PY_METH_VARARGS | PY_METH_KEYWORDS,
     "The tensor as a DLPack capsule."},
    {"__dlpack_device__", memory_device, PY_METH_NOARGS, "(1, 0): CPU memory."},
    {NULL, NULL, 0, NULL},
};

bool py_memory_ready(py_state *py) {
    py_slot slots[] = {
        {PY_TP_DEALLOC, (void *)memory_dealloc},
        {PY_TP_METHODS, (void *)(uintptr_t)MEMORY_METHODS},
        {PY_TP_DOC, (void *)(uintptr_t) "A result's memory; numpy.from_dlpack and torch.from_dlpack take it."},
        {0, NULL},
    };
    py->memory_type = (py_type *)py_make_type(py, "Memory", sizeof(py_memory), PY_FLAGS_DEFAULT, slots);
    return py->memory_type != NULL;
}

py_object *py_memory_object(py_context *c, aj_tensor *t) {
    DLManagedTensorVersioned *managed = NULL;
    int32_t status = aj_export_tensor(c->self, t, &managed);
    if (status) return py_raise(c->self, status);
    py_memory *memory = (py_memory *)PyType_GenericAlloc(c->py->memory_type, 0);
    if (memory) memory->managed = managed;
    else managed->deleter(managed);
    return (py_object *)memory;
}
