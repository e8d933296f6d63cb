/* The descriptor of a compiled model, which generated code defines as constant data, and the entry points of the
 * runtime that work from it. One aj_model per library.
 *
 * What codegen emits into the base object, for a model whose prefix is NAME:
 *
 *   const aj_model NAME__model = {...};                                                     internal, constant
 *   int32_t NAME_create(const aotjit_options *o, aj_instance **out) { return aj_create(&NAME__model, o, out); }
 *   void NAME_destroy(aj_instance *self)                            { aj_dispose(self); }
 *   int32_t NAME_reset(aj_instance *self)                           { return aj_reset(self); }
 *   int32_t NAME_clone(const aj_instance *self, aj_instance **out)  { return aj_clone_instance(self, out); }
 *   int32_t NAME_load_state(self, names, tensors, count)            { return aj_load_state(self, names, ...); }
 *   int32_t NAME_use_weights(self, names, tensors, count)           { return aj_use_weights(self, names, ...); }
 *   const char *NAME_last_error(const aj_instance *self)            { return aj_last_error(self); }
 *   const char *NAME_version(void)                                  { return aj_version(&NAME__model); }
 *   const char *NAME_manifest(void)                                 { return aj_manifest(&NAME__model); }
 *   void *PyInit_NAME(void)                                         { return aj_python_init(&NAME__model); }
 *
 *   int32_t NAME_ENTRY(aj_instance *self, P0 a0, P1 a1, ..., R0 *r0, R1 *r1, ...) {
 *       const void *arguments[] = {&a0, &a1, ...};     one pointer to each parameter
 *       void *results[] = {r0, r1, ...};
 *       return aj_call_c(self, ENTRY_INDEX, arguments, results);
 *   }
 *   when every tensor of an entry has a dtype and fixed dims, and the rest of its arguments and results are numbers:
 *   int32_t NAME_ENTRY_raw(aj_instance *self, T *a0, ..., T *r0, ...) { the same with aj_call_raw }
 *
 * The C form of a value, by type code ("memory form", also that of list elements and struct members):
 *   T  const DLTensor * (result: DLManagedTensorVersioned *)      i  int64_t    f  double    b  bool    d  int64_t
 *   c  aotjit_complex
 *   s  aotjit_str      L<e>  aotjit_list of e's memory form       (<e>...)  struct of the memory forms, C layout rules
 *   D<k><v>  aotjit_dict of k's and v's memory forms
 *   e{..} int64_t, the member's number     C{..}  struct of the fields' memory forms, as for a tuple
 *   F{..}  struct { int32_t status; aotjit_str error; the value's memory form }; the value is there where status is AJ_OK
 *   U{..} A  struct { int32_t tag; union of the memory forms of its types }; tag as in crossing.h
 *   O<e>  for e = T the nullable T; else const E * to e's memory form, NULL for None          n  nothing
 * A parameter is: T, i, f, b, d, e, O by value as above; c, s, L, D, (, C, F, U and A as a const pointer to the memory form; n
 * is left out.
 * A result is an out parameter: pointer to the memory form. A tuple result is spread, one out parameter per element (n
 * left out); a tuple inside a tuple is a struct.
 * Result strings, lists, dicts and optionals point into memory of the instance that is valid until its next call.
 */
#ifndef AJ_MODEL_H
#define AJ_MODEL_H

#include "aotjit.h"
#include "dlpack.h"
#include "handlers.h"
#include "object.h"

enum { AJ_MODEL_ABI = 1 };

/* The ISA levels of the function tables: index 0 is x86-64-v2. */
enum aj_level { AJ_LEVEL_V2, AJ_LEVEL_V3, AJ_LEVEL_V4, AJ_LEVELS };

/* arguments: entry.argument_words words, borrowed. results: entry.result_words words, owned. */
typedef int32_t (*aj_function)(aj_instance *self, const aj_word *arguments, aj_word *results);

/* A dim of a specification: >= 0 is that size, AJ_ANY_DIM any, AJ_SYMBOL_DIM(k) equal to symbol k of the entry. */
#define AJ_ANY_DIM ((int64_t)-1)
#define AJ_SYMBOL_DIM(k) (-(int64_t)(k) - 2)

enum { AJ_ANY_DTYPE = -1, AJ_ANY_RANK = -1 };
enum {
    AJ_SPEC_CONTIGUOUS = 1, /* code relies on row-major: the call copies a strided argument first */
    AJ_SPEC_WRITTEN = 2,    /* the entry writes to the argument's memory: refuse read-only, never copy */
};

/* What an entry demands of a tensor. `dims` has `rank` entries, NULL where rank is AJ_ANY_RANK or 0. */
typedef struct aj_tensor_spec {
    int32_t dtype;
    int32_t rank;
    const int64_t *dims;
    int32_t flags;
    int32_t reserved;
} aj_tensor_spec;

typedef struct aj_argument {
    const char *name;
    const char *type;              /* as the language writes it: "Tensor", "List[int]" */
    const char *code;              /* type code */
    const aj_tensor_spec *tensors; /* one for each T in `code`, from left to right; NULL when there is no T */
    const aj_word *initial;        /* the default's words (str, List: pointers to immortal objects); NULL: required */
} aj_argument;

enum {
    AJ_ENTRY_LOOPS = 1, /* how long a call takes does not follow from its arguments' sizes: loops, recursion */
    AJ_ENTRY_SAME = 2,  /* the program asks which tensor is which: an object is one tensor in all of a call */
};

typedef struct aj_entry {
    const char *name;      /* "forward", "foo": the Python name and the stem of the C name */
    const char *qualified; /* "RNN.forward" */
    const char *signature; /* "(x: Tensor, h: Tensor) -> Tuple[Tensor, Tensor]", for messages and help() */
    const char *doc;       /* docstring or NULL */
    int32_t argument_count;
    int32_t argument_words;
    const aj_argument *arguments;
    const char *result; /* type code; "n" when nothing is returned */
    int32_t result_words;
    int32_t symbol_count;
    const aj_tensor_spec *result_tensors; /* one for each T of `result`; NULL when nothing is known */
    const char *const *symbols;           /* names of the symbolic dims */
    aj_function code;
    uint32_t flags; /* AJ_ENTRY_ */
    uint32_t reserved;
} aj_entry;

/* Which elements of one of the program's tensors a weight has, counted from its first in row-major order. */
typedef struct aj_weight_view {
    int64_t offset;
    int32_t ndim;
    int32_t reserved;
    int64_t sizes[AJ_MAX_RANK];
    int64_t strides[AJ_MAX_RANK];
} aj_weight_view;

enum {
    AJ_LAYOUT_PLAIN = 0,  /* the view's elements in row-major order */
    AJ_LAYOUT_PANELS = 1, /* a view [groups, columns, depth...] as panels (aotjit/schedule/panels.py) */
    AJ_PANEL_ROW = 128,   /* bytes of one row of a panel */
};

typedef struct aj_weight {
    const char *name;
    const aj_weight_view *view; /* NULL where group is -1 */
    int32_t group;              /* the program's tensor that it is made of (aj_parameter); -1: more than one, or none */
    int32_t layout;             /* AJ_LAYOUT_ */
} aj_weight;

/* A tensor that the program has under a name of its own, as in a state_dict. */
typedef struct aj_parameter {
    const char *name;
    const char *folded; /* why another one cannot take its place; NULL: it can */
    const int64_t *sizes;
    int32_t dtype;
    int32_t ndim;
    int32_t group; /* the same number for names of one tensor; -1: nothing uses it */
    int32_t reserved;
} aj_parameter;

/* What is done with the mutable state as a whole (state.c). A model without state has none of it. */
typedef struct aj_state_functions {
    /* The state of a new instance, in new memory. */
    int32_t (*make_first)(aj_instance *self);
    /* A deep copy of `from`'s state. After a failure `to` is of no use: its memory holds parts. */
    int32_t (*copy)(const aj_instance *from, aj_instance *to);
    void (*drop)(aj_instance *self, aj_word *state);
} aj_state_functions;
extern const aj_state_functions aj_mutable_state;

/* The model's present weights; the only data of a library that changes. */
typedef struct aj_weight_set aj_weight_set;
typedef struct aj_weights_cell {
    aj_weight_set *current;    /* atomic; NULL: those in the library */
    uint32_t reading, writing; /* atomic: locks (weights.c) */
} aj_weights_cell;

/* Where a model's first weights are. */
enum { AJ_WEIGHTS_EMBEDDED = 0, AJ_WEIGHTS_FILE = 1, AJ_WEIGHTS_GIVEN = 2 };

typedef struct aj_model {
    uint32_t abi; /* AJ_MODEL_ABI */
    uint32_t entry_count;
    const char *name;       /* the prefix, also the Python module's name */
    const char *class_name; /* the module's class; NULL when the entries are plain functions */
    const char *manifest;   /* JSON, NUL-terminated */
    const char *version;    /* the compiler's version */
    const aj_handlers *handlers;               /* AJ_TYPE_KINDS rows */
    const aj_state_functions *state_functions; /* NULL: the model has no state */
    const aj_entry *entries;
    const aj_weight *weights;
    uint32_t weight_count;
    int32_t state_words;
    const char *state_code; /* type code of the mutable state as one tuple: "(TiLT)"; "()" when there is none */
    const aj_word *state;   /* its first value; each instance gets a deep copy */
    uint32_t levels; /* bit AJ_LEVEL_V2 is set where the library was built for v2, and so on */
    uint32_t reserved;
    const void *const *kernels[AJ_LEVELS]; /* each level's table of kernels; NULL where a program has none */
    aj_function initialise; /* stores the parts of the state that are no constants (NULL in `state`); NULL: none */
    const aj_tensor *tensors; /* of the weights, immortal, storage NULL; `data` in the library's read-only segment */
    const aj_parameter *parameters;
    aj_weights_cell *cell;
    int32_t parameter_count;
    int32_t group_count;
    int32_t weights_place; /* AJ_WEIGHTS_ */
    int32_t reserved2;
    int64_t weights_bytes;  /* of the file of weights (AJ_WEIGHTS_FILE): `data` of the tensors are offsets in it */
    const char *weights_id; /* its 32 bytes */
    const aj_class *const *classes; /* whose instances may cross the boundary (crossing.h) */
    const aj_class *const *boxes;   /* what values of type Any and Union that cross may be */
    int32_t class_count;
    int32_t box_count;
    const char *python_types; /* Python source of the classes that results are of, in `_types` by name; NULL: none */
    /* The content of the file at `path`, NULL for the one beside the library (aj_map_weights); NULL: there is no file. */
    int32_t (*map_weights)(aj_instance *self, const char *path, const char **out);
} aj_model;

/* -- instances -------------------------------------------------------------------------------------------------- */

/* On failure *out is NULL. Fails with AJ_RUNTIME_ERROR when no level of the library runs on this CPU. */
int32_t aj_create(const aj_model *model, const aotjit_options *options, aj_instance **out);
void aj_dispose(aj_instance *self); /* NULL is allowed. Results that are still held stay valid. */
/* The mutable state and the generator of random numbers become those of a new instance; as they were when it fails. */
int32_t aj_reset(aj_instance *self);
/* Another instance in the same state. On failure *out is NULL. */
int32_t aj_clone_instance(const aj_instance *self, aj_instance **out);
/* Other weights for all instances, from each one's next call on: `count` tensors by the program's names, copied, or
 * read where they are. The others stay as they are. Any number of threads may do this while others call. */
/* The file of weights is at `path`, NULL: beside the library. Without this it is opened when it is first needed. */
int32_t aj_open_weights(aj_instance *self, const char *path);
int32_t aj_load_state(aj_instance *self, const char *const *names, const DLTensor *const *tensors, int64_t count);
int32_t aj_use_weights(aj_instance *self, const char *const *names, const DLTensor *const *tensors, int64_t count);
const char *aj_last_error(const aj_instance *self);
const char *aj_version(const aj_model *model);
const char *aj_manifest(const aj_model *model);

/* -- calls ------------------------------------------------------------------------------------------------------ */

/* Checks the tensors among `arguments` against the entry's specifications, runs it, leaves owned results. */
int32_t aj_call(aj_instance *self, int32_t entry, aj_word *arguments, aj_word *results);
int32_t aj_call_c(aj_instance *self, int32_t entry, const void *const *arguments, void *const *results);
/* Tensors as bare pointers to contiguous data of the specified dims; results are copied out. */
int32_t aj_call_raw(aj_instance *self, int32_t entry, const void *const *arguments, void *const *results);

/* The module object of Python, or NULL with a Python exception set. */
void *aj_python_init(const aj_model *model);

/* -- values that outlive a call --------------------------------------------------------------------------------- */

/* Arguments live on the caller's stack and weights are read-only. A value that is stored in the instance's state, or
 * otherwise outlives the call, goes through this: it returns `value` retained when the arena owns its memory, else a
 * copy. Works on one value described by `code` (word_count(code) words). */
int32_t aj_own(aj_instance *self, const char *code, const aj_word *value, aj_word *out);
/* A deep copy: no memory shared with `value`. */
int32_t aj_copy_value(aj_instance *self, const char *code, const aj_word *value, aj_word *out);
void aj_release_value(aj_instance *self, const char *code, const aj_word *value);
int32_t aj_code_words(const char *code); /* word_count of the type that starts at `code` */

#endif
