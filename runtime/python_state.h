/* What the Python entry keeps for one imported library, and its objects. */
#ifndef AJ_PYTHON_STATE_H
#define AJ_PYTHON_STATE_H

#include "dtype.h"
#include "instance.h"
#include "python_abi.h"

enum { AJ_EXCHANGES = 4, AJ_MAX_ARGUMENTS = 64, AJ_RECENT_ARRAYS = 4 };

typedef struct exchange_type {
    py_type *type;
    const dlpack_exchange *exchange;
    py_object *is_neg; /* the type's method, owned; NULL: its tensors have no negative bit */
} exchange_type;

/* A result that was handed out. While the program still has it, the reference kept here is not the only one; once the
 * program has dropped it, the array serves again: making one costs more than the rest of a small call. */
typedef struct recent_array {
    np_array *array; /* NULL: none yet */
    int flags;       /* as it was made */
} recent_array;

/* What is kept for each of the model's entries. */
typedef struct py_entry {
    const aj_entry *entry;
    py_object **names;   /* of the arguments, interned */
    uint64_t last_ticks; /* how long the last call took, of an entry with loops; UINT64_MAX: not called yet */
} py_entry;

/* Lives as long as the process: Python never unloads an extension module. */
typedef struct py_state {
    const aj_model *model;
    py_object *module;
    struct py_callable *first; /* the module's own model; lives as long as the module */
    py_type *function_type, *unbound_type, *model_type, *memory_type;
    py_object *types;        /* what aj_model.python_types made; NULL: nothing */
    py_entry *entries;       /* as the model's */
    int64_t weight_elements; /* of all weights */
    void **numpy;      /* _ARRAY_API; NULL until numpy is needed */
    py_type *ndarray;
    np_descr *descr[AJ_DTYPES];
    recent_array recent[AJ_RECENT_ARRAYS];
    uint32_t next_recent;
    exchange_type exchange[AJ_EXCHANGES]; /* the last tensor types seen */
    int32_t next_exchange;
    py_module_def def;
} py_state;

/* A function of a model, or the model itself, whose call is that of its `forward`. */
typedef struct py_callable {
    py_object head;
    py_vectorcall call;
    py_state *py;
    const aj_entry *entry; /* NULL: a model without a method to call */
    py_object *owner;      /* the model that a function belongs to; NULL for a model and for an unbound function */
    /* -- of a model -- */
    aj_instance *instance;
    py_object *extra;   /* its manifest as a dict, and what was set on it; NULL until asked for */
    void *runner;       /* the thread that is in a call; NULL: none */
    void *saved;        /* the thread's state while it runs without the interpreter lock; else NULL */
    void *gate;         /* where other threads wait; NULL until one had to */
    int64_t waiting;    /* threads that wait */
} py_callable;

/* A tensor's memory as a Python object: the base of a numpy array, and the plain result where numpy is missing. */
typedef struct py_memory {
    py_object head;
    DLManagedTensorVersioned *managed;
} py_memory;

/* One call's conversions. */
typedef struct py_context {
    int64_t elements; /* of all tensors among the arguments */
    py_state *py;
    aj_instance *self;
    const char *name;                /* of the argument */
    const aj_tensor_spec *spec;      /* of the next tensor in it; NULL when nothing is known */
    const dlpack_exchange *exchange; /* results become this library's tensors; NULL: numpy's */
    int32_t depth;                   /* of instances in instances */
    py_object *holders;              /* list of objects that keep arguments' memory; NULL while empty */
    struct aj_dict *tensors;         /* which object is which tensor, where the program tells (python_same.c); else NULL */
} py_context;

static inline void py_release(py_object *o) {
    if (o) Py_DecRef(o);
}

/* -- python_tensor.c ---------------------------------------------------------------------------------------------- */
/* A tensor that borrows `value`'s memory for the length of the call. A status, with the message recorded. */
int32_t py_import_tensor(py_context *c, py_object *value, aj_word *out);
/* The same into `t`, for what is not numpy's (python_foreign.c). */
int32_t py_import_foreign(py_context *c, py_object *value, aj_tensor *t);
/* Takes the reference to `t`. NULL with a Python exception set, or with an error recorded in the instance. */
py_object *py_export_tensor(py_context *c, aj_tensor *t);

/* -- python_memory.c ---------------------------------------------------------------------------------------------- */
bool py_memory_ready(py_state *py); /* makes the memory type; false with an exception set */
/* The memory of a tensor, whose reference it takes. NULL with an exception set. */
py_object *py_memory_object(py_context *c, aj_tensor *t);

/* -- python_value.c ----------------------------------------------------------------------------------------------- */
int32_t py_import_value(py_context *c, const char *code, py_object *value, aj_word *out);
py_object *py_export_value(py_context *c, const char *code, const aj_word *value); /* takes the references */
int32_t py_fail_type(py_context *c, const char *expected, py_object *value);
py_object *py_exception_of(int32_t status); /* the class; borrowed */
/* Raises what the instance recorded, unless Python has an exception already. Always NULL. */
py_object *py_raise(aj_instance *self, int32_t status);

/* -- python_object.c ---------------------------------------------------------------------------------------------- */
bool py_types_ready(py_state *py); /* makes the library's Python classes; false with an exception set */
/* The class of the name that ends at '|' or '}'; borrowed, NULL with an exception set. */
py_object *py_class_named(py_context *c, const char *name);
/* The value at `words` of a record, which keeps its own references. */
py_object *py_export_part(py_context *c, const char *code, const aj_word *words);
/* The named tuple of a tuple, which it takes. */
py_object *py_named(py_context *c, const char *name, py_object *tuple);

/* -- python_bind.c ------------------------------------------------------------------------------------------------ */
/* bound[i] becomes the object for argument i, NULL where its default is meant; room for AJ_MAX_ARGUMENTS. */
int32_t py_bind(py_context *c, const aj_entry *entry, py_object *const *arguments, int64_t given, py_object *names,
                py_object **bound);

/* -- python_thread.c ---------------------------------------------------------------------------------------------- */
/* One thread at a time is in a model. A thread that calls a model it is in already (from where `print` writes, say)
 * goes on. Returns what py_leave needs. */
void py_wait(py_callable *model);
void py_wake(py_callable *model);
/* Runs the entry; other threads of Python may run meanwhile where that pays. */
int32_t py_run(py_callable *model, const py_context *c, py_entry *known, aj_word *words, aj_word *results);
/* The interpreter lock, for code that a call reaches; the result is for py_unlock. */
bool py_lock(py_callable *model);
void py_unlock(py_callable *model, bool locked);

static inline bool py_enter(py_callable *model) {
    void *thread = PyThreadState_Get();
    if (model->runner == thread) return false;
    while (model->runner) py_wait(model);
    model->runner = thread;
    return true;
}

static inline void py_leave(py_callable *model, bool entered) {
    if (!entered) return;
    model->runner = NULL;
    if (model->waiting) py_wake(model);
}

/* -- python_call.c ------------------------------------------------------------------------------------------------ */
py_object *py_call(py_object *callable, py_object *const *arguments, size_t count, py_object *names);
/* The same for a function of the class: the model is the first argument. */
py_object *py_call_unbound(py_object *callable, py_object *const *arguments, size_t count, py_object *names);

/* -- python_warning.c --------------------------------------------------------------------------------------------- */
int32_t py_warn(aj_instance *self, const aj_warning *site, const aj_str *message);

/* -- python_weights.c --------------------------------------------------------------------------------------------- */
py_object *py_replace_weights(py_callable *model, py_object *dict); /* None, or NULL with an exception */
py_object *py_parameters(const aj_model *model);

/* -- python_function.c, python_model.c ---------------------------------------------------------------------------- */
bool py_function_ready(py_state *py);
bool py_model_ready(py_state *py);
py_object *py_function_new(py_state *py, const aj_entry *entry, py_callable *owner); /* owner NULL: unbound */
/* The attribute of a module, imported when it has not been. */
py_object *py_imported(const char *module, const char *name);
py_object *py_signature_text(const aj_entry *entry, bool with_name);
py_object *py_make_type(py_state *py, const char *name, int basic_size, unsigned flags, py_slot *slots);

#endif
