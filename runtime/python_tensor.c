#include "arena.h"
#include "dlpack_export.h"
#include "libc.h"
#include "operators.h"
#include "python_state.h"
#include "tensor.h"

enum { COPIED_BYTES = 2048 }; /* results up to this size go into numpy's own memory: cheaper than sharing a block */

/* -- numpy -------------------------------------------------------------------------------------------------------- */

static int8_t numpy_to_dtype(int type_number) {
    static const int8_t table[24] = {
        AJ_BOOL, AJ_I8, AJ_U8, AJ_I16, -1, AJ_I32, -1, AJ_I64, -1, AJ_I64, -1, AJ_F32,
        AJ_F64, -1, AJ_C64, AJ_C128, -1, -1, -1, -1, -1, -1, -1, AJ_F16,
    };
    return type_number >= 0 && type_number < 24 ? table[type_number] : -1;
}

static int dtype_to_numpy(int32_t dtype) {
    static const int8_t table[AJ_DTYPES] = {2, 1, 3, 5, 7, 23, 11, 12, -1, 14, 15, 0, -1, -1, -1, -1};
    return table[dtype];
}

/* Resolves numpy's interface. `import` says whether to import numpy when the program has not. Clears what it raises. */
static bool numpy_ready(py_state *py, bool import) {
    if (py->numpy) return true;
    if (!import && !PyDict_GetItemString(PyImport_GetModuleDict(), "numpy")) return false;
    py_object *capsule = py_imported("numpy._core._multiarray_umath", "_ARRAY_API");
    if (!capsule) {
        PyErr_Clear();
        capsule = py_imported("numpy.core._multiarray_umath", "_ARRAY_API");
    }
    void **table = capsule ? (void **)PyCapsule_GetPointer(capsule, NULL) : NULL;
    py_release(capsule);
    if (!table) {
        PyErr_Clear();
        return false;
    }
    py->numpy = table;
    py->ndarray = (py_type *)table[NP_API_TYPE];
    return true;
}

static int32_t import_array(py_context *c, const np_array *array, aj_tensor *t) {
    int32_t dtype = numpy_to_dtype(array->descr->type_number);
    if (dtype < 0) {
        char name[2] = {array->descr->character, 0};
        return aj_fail(c->self, AJ_TYPE_ERROR, "%s: unsupported numpy dtype '%s'", c->name, name);
    }
    if (array->ndim > AJ_MAX_RANK) {
        return aj_fail(c->self, AJ_TYPE_ERROR, "%s: at most %d dimensions are supported, got %d", c->name,
                       (int)AJ_MAX_RANK, array->ndim);
    }
    const int shift = __builtin_ctzll((uint64_t)aj_dtype_bytes(dtype)); /* dividing would cost more than all the rest */
    bool plain = (array->flags & NP_ALIGNED) && array->descr->byte_order != '>';
    int64_t numel = 1;
    for (int32_t d = 0; d < array->ndim; d++) {
        t->sizes[d] = array->shape[d];
        t->strides[d] = array->strides[d] >> shift;
        plain &= t->strides[d] << shift == array->strides[d] || array->shape[d] == 1;
        numel *= array->shape[d];
    }
    if (!plain) {
        return aj_fail(c->self, AJ_VALUE_ERROR, "%s: the array is unaligned or not in native byte order; pass a copy",
                       c->name);
    }
    if (c->spec && (c->spec->flags & AJ_SPEC_WRITTEN) && !(array->flags & NP_WRITEABLE)) {
        return aj_fail(c->self, AJ_VALUE_ERROR, "%s: the function writes to it, but the array is read-only", c->name);
    }
    t->head = (aj_object){.refcount = 1, .kind = AJ_TENSOR};
    t->dtype = dtype;
    t->ndim = array->ndim;
    t->data = array->data;
    t->storage = NULL;
    t->numel = numel;
    return AJ_OK;
}

/* The mask of a masked array would be lost. */
static int32_t check_mask(py_context *c, py_object *array) {
    py_object *mask = PyObject_GetAttrString(array, "mask");
    py_object *any = mask ? PyObject_GetAttrString(mask, "any") : NULL;
    py_object *masked = any ? PyObject_CallObject(any, NULL) : NULL;
    bool refused = masked && PyObject_IsTrue(masked) == 1;
    py_release(masked);
    py_release(any);
    py_release(mask);
    PyErr_Clear();
    return refused ? aj_fail(c->self, AJ_TYPE_ERROR, "%s: the array has masked elements; pass x.filled(value)", c->name)
                   : AJ_OK;
}

static int32_t import_subclass(py_context *c, py_object *value, aj_tensor *t) {
    int32_t status = check_mask(c, value);
    return status ? status : import_array(c, (const np_array *)value, t);
}

static int32_t import_any(py_context *c, py_object *value, aj_tensor *t) {
    if (!numpy_ready(c->py, false) || !PyType_IsSubtype(value->type, c->py->ndarray)) {
        return py_import_foreign(c, value, t);
    }
    return value->type == c->py->ndarray ? import_array(c, (const np_array *)value, t) : import_subclass(c, value, t);
}

int32_t py_import_tensor(py_context *c, py_object *value, aj_word *out) {
    aj_tensor *t = (aj_tensor *)aj_arena_alloc(c->self, sizeof(aj_tensor));
    if (!t) return AJ_MEMORY_ERROR;
    int32_t status = value->type == c->py->ndarray ? import_array(c, (const np_array *)value, t)
                                                   : import_any(c, value, t);
    if (status) aj_arena_free(c->self, t, sizeof(aj_tensor));
    else *out = (aj_word)(uintptr_t)t;
    c->elements += status ? 0 : t->numel;
    return status;
}

/* -- out ---------------------------------------------------------------------------------------------------------- */

static np_descr *descr_of(py_state *py, int32_t dtype) {
    if (!py->descr[dtype]) {
        np_descr_from_type from_type = (np_descr_from_type)py->numpy[NP_API_DESCR_FROM_TYPE];
        py->descr[dtype] = from_type(dtype_to_numpy(dtype));
    }
    if (py->descr[dtype]) Py_IncRef(&py->descr[dtype]->head); /* the constructor takes one */
    return py->descr[dtype];
}

static py_object *new_array(py_context *c, const aj_tensor *t, const intptr_t *strides, void *data) {
    np_new_from_descr new_from_descr = (np_new_from_descr)c->py->numpy[NP_API_NEW_FROM_DESCR];
    np_descr *descr = descr_of(c->py, t->dtype);
    if (!descr) return NULL;
    _Static_assert(sizeof(intptr_t) == sizeof(int64_t), "sizes are passed as they are");
    return new_from_descr(c->py->ndarray, descr, t->ndim, (const intptr_t *)t->sizes, strides, data,
                          data ? NP_WRITEABLE : 0, NULL);
}

/* Is it as it was made, with the dtype and the shape of `t`? The program may have changed all of it in place. */
static bool is_usable(const recent_array *recent, const np_descr *descr, const aj_tensor *t) {
    const np_array *array = recent->array;
    if (!array || !py_is_sole(&array->head) || array->descr != descr || array->ndim != t->ndim) return false;
    if (array->base || array->weak_references || array->flags != recent->flags) return false;
    int64_t expected = aj_dtype_bytes(t->dtype);
    for (int32_t d = t->ndim - 1; d >= 0; d--) {
        if (array->shape[d] != t->sizes[d] || array->strides[d] != expected) return false;
        expected *= t->sizes[d];
    }
    return true;
}

/* A contiguous array of its own memory: a recent result that nobody holds any more, or a new one. */
static np_array *result_array(py_context *c, const aj_tensor *t) {
    py_state *py = c->py;
    for (uint32_t i = 0; i < AJ_RECENT_ARRAYS; i++) {
        np_array *array = py->recent[i].array;
        if (!is_usable(&py->recent[i], py->descr[t->dtype], t)) continue;
        Py_IncRef(&array->head);
        return array;
    }
    np_array *array = (np_array *)new_array(c, t, NULL, NULL);
    if (!array) return NULL;
    recent_array *slot = &py->recent[py->next_recent++ % AJ_RECENT_ARRAYS];
    if (slot->array) Py_DecRef(&slot->array->head);
    Py_IncRef(&array->head);
    *slot = (recent_array){array, array->flags};
    return array;
}

static py_object *copied_array(py_context *c, aj_tensor *t) {
    np_array *array = result_array(c, t);
    if (array) {
        int64_t width = aj_dtype_bytes(t->dtype), strides[AJ_MAX_RANK], stride = 1;
        if (aj_tensor_is_contiguous(t)) {
            memcpy(array->data, t->data, (size_t)(t->numel * width));
        } else {
            for (int32_t d = t->ndim - 1; d >= 0; d--) {
                strides[d] = stride;
                stride *= t->sizes[d];
            }
            aj_strided_copy(t->ndim, t->sizes, array->data, t->dtype, strides, t->data, t->dtype, t->strides);
        }
    }
    aj_release(c->self, &t->head);
    return &array->head;
}

static py_object *shared_array(py_context *c, aj_tensor *t) {
    py_memory *memory = (py_memory *)py_memory_object(c, t);
    if (!memory) return NULL;
    const DLTensor *dl = &memory->managed->dl_tensor;
    aj_tensor view = {.dtype = aj_dtype_of_dlpack(dl->dtype), .ndim = dl->ndim};
    intptr_t strides[AJ_MAX_RANK];
    for (int32_t d = 0; d < dl->ndim; d++) {
        view.sizes[d] = dl->shape[d];
        strides[d] = dl->strides[d] * aj_dtype_bytes(view.dtype);
    }
    py_object *array = new_array(c, &view, strides, dl->data);
    np_set_base set_base = (np_set_base)c->py->numpy[NP_API_SET_BASE];
    if (!array) {
        Py_DecRef(&memory->head);
        return NULL;
    }
    if (set_base(array, &memory->head) == 0) return array; /* took the reference */
    Py_DecRef(array);
    return NULL;
}

py_object *py_export_tensor(py_context *c, aj_tensor *t) {
    if (c->exchange) {
        DLManagedTensorVersioned *managed = NULL;
        void *object = NULL;
        int32_t status = aj_export_tensor(c->self, t, &managed);
        if (status) return py_raise(c->self, status);
        if (c->exchange->managed_to_object(managed, &object)) return NULL;
        return (py_object *)object;
    }
    if (!numpy_ready(c->py, true) || dtype_to_numpy(t->dtype) < 0) return py_memory_object(c, t);
    return t->numel * aj_dtype_bytes(t->dtype) <= COPIED_BYTES ? copied_array(c, t) : shared_array(c, t);
}
