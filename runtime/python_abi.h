/* What the Python entry uses of CPython's stable ABI, of numpy's C interface and of DLPack's exchange interface.
 * Declared here and weak, so that a program without Python loads a model and no Python headers are needed to build. */
#ifndef AJ_PYTHON_ABI_H
#define AJ_PYTHON_ABI_H

#include "dlpack.h"
#include "object.h"

typedef struct py_type py_type;
typedef struct py_object {
    intptr_t refcount;
    py_type *type;
} py_object;

/* Is ours the only reference? The count is the lower half of the word from Python 3.12 on. */
static inline bool py_is_sole(const py_object *o) { return (uint32_t)o->refcount == 1; }

typedef py_object *(*py_vectorcall)(py_object *callable, py_object *const *arguments, size_t count, py_object *names);

typedef struct py_slot {
    int slot;
    void *function;
} py_slot;

typedef struct py_spec {
    const char *name;
    int basic_size, item_size;
    unsigned flags;
    py_slot *slots;
} py_spec;

typedef struct py_member {
    const char *name;
    int type;
    intptr_t offset;
    int flags;
    const char *doc;
} py_member;

typedef struct py_getset {
    const char *name;
    py_object *(*get)(py_object *self, void *closure);
    int (*set)(py_object *self, py_object *value, void *closure);
    const char *doc;
    void *closure;
} py_getset;

typedef struct py_method {
    const char *name;
    py_object *(*function)(py_object *self, py_object *argument);
    int flags;
    const char *doc;
} py_method;

typedef struct py_module_def {
    py_object head;
    void *init, *index, *copy;
    const char *name, *doc;
    intptr_t size;
    py_method *methods;
    void *slots, *traverse, *clear, *free;
} py_module_def;

typedef struct py_buffer {
    void *data;
    py_object *owner;
    intptr_t bytes, item_bytes;
    int read_only, ndim;
    char *format;
    intptr_t *shape, *strides, *suboffsets;
    void *internal;
} py_buffer;

/* Numbers of CPython's typeslots.h and object.h. */
enum {
    PY_TP_CALL = 50, PY_TP_DEALLOC = 52, PY_TP_DESCR_GET = 54, PY_TP_DOC = 56, PY_TP_NEW = 65, PY_TP_REPR = 66,
    PY_TP_MEMBERS = 72, PY_TP_GETSET = 73, PY_TP_METHODS = 64,
    PY_METH_VARARGS = 1, PY_METH_NOARGS = 4, PY_METH_KEYWORDS = 2,
    PY_MEMBER_SIZE = 19, PY_READ_ONLY = 1,
    PY_BUFFER_RECORDS = 0x1d, /* PyBUF_RECORDS_RO | PyBUF_WRITABLE */
    PY_BUFFER_RECORDS_RO = 0x1c,
    PY_ABI_VERSION = 3,
    PY_PRINT_RAW = 1,
};
#define PY_FLAGS_DEFAULT 0u
#define PY_FLAGS_VECTORCALL (1u << 11)
#define PY_FLAGS_METHOD (1u << 17) /* `model.f(x)` calls the class's f with the model first, without a bound f */
#define PY_FLAGS_LIST (1ul << 25)
#define PY_FLAGS_TUPLE (1ul << 26)
#define PY_FLAGS_DICT (1ul << 29)
#define PY_VECTORCALL_OFFSET_BIT ((size_t)1 << (8 * sizeof(size_t) - 1))

#define PY_WEAK __attribute__((weak, visibility("default"))) extern
PY_WEAK py_object _Py_NoneStruct, _Py_TrueStruct, _Py_FalseStruct;
PY_WEAK py_object *PyExc_TypeError, *PyExc_ValueError, *PyExc_IndexError, *PyExc_AssertionError, *PyExc_ImportError,
    *PyExc_ZeroDivisionError, *PyExc_MemoryError, *PyExc_RuntimeError, *PyExc_KeyError, *PyExc_NotImplementedError,
    *PyExc_UserWarning, *PyExc_AttributeError, *PyExc_BufferError, *PyExc_OverflowError;
PY_WEAK py_type PyComplex_Type, PyFloat_Type, PyLong_Type, PyUnicode_Type;
struct py_type {
    py_object head; /* only ever compared by address or asked through functions */
};
PY_WEAK void Py_IncRef(py_object *o);
PY_WEAK void Py_DecRef(py_object *o);
PY_WEAK void *PyThreadState_Get(void);
PY_WEAK void *PyEval_SaveThread(void);
PY_WEAK void PyEval_RestoreThread(void *state);
PY_WEAK void *PyThread_allocate_lock(void);
PY_WEAK void PyThread_free_lock(void *lock);
PY_WEAK int PyThread_acquire_lock(void *lock, int wait);
PY_WEAK void PyThread_release_lock(void *lock);
PY_WEAK py_object *PyErr_Occurred(void);
PY_WEAK void PyErr_Clear(void);
PY_WEAK int PyErr_ExceptionMatches(py_object *type);
PY_WEAK void PyErr_Fetch(py_object **type, py_object **value, py_object **trace);
PY_WEAK void PyErr_Restore(py_object *type, py_object *value, py_object *trace);
PY_WEAK void PyErr_SetString(py_object *type, const char *message);
PY_WEAK int PyErr_WarnExplicit(py_object *category, const char *message, const char *file, int line, const char *module,
                               py_object *registry);
PY_WEAK py_object *PyErr_NoMemory(void);
PY_WEAK unsigned long PyType_GetFlags(py_type *type);
PY_WEAK int PyType_IsSubtype(py_type *a, py_type *b);
PY_WEAK py_object *PyType_FromSpec(py_spec *spec);
PY_WEAK py_object *PyType_GenericAlloc(py_type *type, intptr_t items);
PY_WEAK void PyObject_Free(void *memory);
PY_WEAK py_object *PyObject_Str(py_object *o);
PY_WEAK py_object *PyObject_GetAttrString(py_object *o, const char *name);
PY_WEAK int PyObject_SetAttrString(py_object *o, const char *name, py_object *value);
PY_WEAK py_object *PyObject_CallFunctionObjArgs(py_object *callable, ...);
PY_WEAK py_object *PyObject_CallFunction(py_object *callable, const char *format, ...);
PY_WEAK py_object *PyObject_CallObject(py_object *callable, py_object *arguments);
PY_WEAK py_object *PyObject_Call(py_object *callable, py_object *arguments, py_object *names);
PY_WEAK py_object *PyObject_Repr(py_object *o);
PY_WEAK int PyObject_IsTrue(py_object *o);
PY_WEAK int PyObject_GetBuffer(py_object *o, py_buffer *view, int flags);
PY_WEAK void PyBuffer_Release(py_buffer *view);
PY_WEAK py_object *PyMemoryView_FromObject(py_object *o);
PY_WEAK py_object *PyVectorcall_Call(py_object *callable, py_object *arguments, py_object *names);
PY_WEAK int64_t PyLong_AsLongLong(py_object *o);
PY_WEAK py_object *PyLong_FromLongLong(long long value);
PY_WEAK py_object *PyNumber_Index(py_object *o);
PY_WEAK double PyFloat_AsDouble(py_object *o);
PY_WEAK py_object *PyFloat_FromDouble(double value);
PY_WEAK py_object *PyComplex_FromDoubles(double re, double im);
PY_WEAK double PyComplex_RealAsDouble(py_object *o);
PY_WEAK double PyComplex_ImagAsDouble(py_object *o);
PY_WEAK py_object *PyBool_FromLong(long value);
PY_WEAK const char *PyUnicode_AsUTF8AndSize(py_object *o, intptr_t *bytes);
PY_WEAK py_object *PyUnicode_FromStringAndSize(const char *text, intptr_t bytes);
PY_WEAK py_object *PyUnicode_FromString(const char *text);
PY_WEAK py_object *PyUnicode_InternFromString(const char *text);
PY_WEAK py_object *PyUnicode_FromFormat(const char *format, ...);
PY_WEAK py_object *Py_BuildValue(const char *format, ...);
PY_WEAK int PyUnicode_Compare(py_object *a, py_object *b);
PY_WEAK py_object *PyList_New(intptr_t size);
PY_WEAK int PyList_Append(py_object *list, py_object *item);
PY_WEAK int PyList_SetItem(py_object *list, intptr_t i, py_object *item);
PY_WEAK py_object *PyTuple_New(intptr_t size);
PY_WEAK intptr_t PyTuple_Size(py_object *tuple);
PY_WEAK py_object *PyTuple_GetItem(py_object *tuple, intptr_t i);
PY_WEAK int PyTuple_SetItem(py_object *tuple, intptr_t i, py_object *item);
PY_WEAK intptr_t PySequence_Size(py_object *o);
PY_WEAK py_object *PySequence_GetItem(py_object *o, intptr_t i);
PY_WEAK py_object *PyDict_New(void);
PY_WEAK int PyDict_Next(py_object *dict, intptr_t *at, py_object **key, py_object **value);
PY_WEAK int PyDict_SetItem(py_object *dict, py_object *key, py_object *value);
PY_WEAK py_object *PyDict_Copy(py_object *dict);
PY_WEAK py_object *PyDict_GetItemString(py_object *dict, const char *key);
PY_WEAK int PyDict_SetItemString(py_object *dict, const char *key, py_object *value);
PY_WEAK py_object *Py_CompileString(const char *text, const char *name, int start);
PY_WEAK py_object *PyEval_EvalCode(py_object *code, py_object *globals, py_object *locals);
PY_WEAK py_object *PyImport_ImportModule(const char *name);
PY_WEAK py_object *PyImport_GetModuleDict(void);
PY_WEAK py_object *PySys_GetObject(const char *name);
PY_WEAK int PyFile_WriteObject(py_object *o, py_object *file, int flags);
PY_WEAK py_object *PyModule_Create2(py_module_def *def, int version);
PY_WEAK py_object *PyCapsule_New(void *pointer, const char *name, void (*destructor)(py_object *));
PY_WEAK void *PyCapsule_GetPointer(py_object *capsule, const char *name);
PY_WEAK int PyCapsule_IsValid(py_object *capsule, const char *name);

/* -- numpy: the public layout of an array and of its dtype, and the slots used of _ARRAY_API ----------------------- */
typedef struct np_descr {
    py_object head;
    py_object *scalar_type;
    char kind, character, byte_order, reserved;
    int type_number;
} np_descr;

typedef struct np_array {
    py_object head;
    char *data;
    int ndim;
    intptr_t *shape, *strides; /* bytes */
    py_object *base;
    np_descr *descr;
    int flags;
    py_object *weak_references;
} np_array;

enum {
    NP_WRITEABLE = 0x400, NP_ALIGNED = 0x100,
    NP_API_TYPE = 2, NP_API_DESCR_FROM_TYPE = 45, NP_API_NEW_FROM_DESCR = 94, NP_API_SET_BASE = 282,
};
typedef np_descr *(*np_descr_from_type)(int type_number);
typedef py_object *(*np_new_from_descr)(py_type *subtype, np_descr *descr, int ndim, const intptr_t *shape,
                                        const intptr_t *strides, void *data, int flags, py_object *prototype);
typedef int (*np_set_base)(py_object *array, py_object *base);

/* -- DLPack's exchange interface (`type(tensor).__dlpack_c_exchange_api__`) ---------------------------------------- */
typedef struct dlpack_exchange {
    DLPackVersion version;
    struct dlpack_exchange *previous;
    void *allocate;
    int (*managed_from_object)(void *object, DLManagedTensorVersioned **out);
    int (*managed_to_object)(DLManagedTensorVersioned *tensor, void **out);
    int (*borrow_from_object)(void *object, DLTensor *out); /* may be NULL */
    void *work_stream;
} dlpack_exchange;

#endif
