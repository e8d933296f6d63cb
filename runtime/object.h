/* Heap objects, words and the calling conventions shared by the runtime and by generated code.
 *
 * aotjit/codegen/layout.py states the same layouts for LLVM; tests/unit/test_layout.py compares the two. The public
 * interface is aotjit.h; nothing here is visible to users of a compiled model.
 *
 * Values. Every value of the language is a run of 8-byte words (types.py word_count):
 *     Tensor, str, List, Dict, class    1 word: pointer to an object that starts with aj_object
 *     int, device                       1 word: int64_t        float  1 word: double        bool  1 word: 0 or 1
 *     complex                           2 words: the parts as doubles
 *     None                              0 words                Tuple  its elements, one after another
 *     Any, Union                        1 word: pointer to a box, NULL for None    Enum  1 word: the member's number
 *     Optional[T]                       T is one pointer: that pointer, NULL for None; else 1 word 0/1, then T's words
 * Type codes (types.py type_code) describe them to code that must walk a value at run time:
 *     T tensor  i int  f float  c complex  b bool  s str  n None  d device  L<elem>  O<elem>  D<key><value>  (<elements>)
 *     C{<class>} instance of a class  F{<type>} Future  A Any  U{<type>|<type>...} Union  e{<class>|<member>|<member>...} Enum
 *     (<elements>){<class>} NamedTuple
 *
 * Ownership. Arguments are borrowed, results are owned by the caller (+1). Containers own their elements.
 * A reference count below zero marks an immortal object (weights, literals, arguments on the caller's stack): retain
 * and release leave it alone. An instance is used by one thread at a time, so counts are not atomic: a forked task that
 * runs on another thread has an instance and objects of its own (task.h).
 *
 * Functions. A runtime function that can fail returns int32_t status (0 = AJ_OK) after recording a message with
 * aj_fail(); its results go through out pointers placed after the arguments. Scalars are passed as int64_t, double and
 * bool; an Optional scalar as (bool present, T value); List and Dict element values as const aj_word *.
 */
#ifndef AJ_OBJECT_H
#define AJ_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t aj_word;

enum { AJ_MAX_RANK = 16, AJ_ALIGNMENT = 64 };

enum aj_status {
    AJ_OK = 0,
    AJ_TYPE_ERROR = 1,      /* wrong dtype, rank, kind or number of arguments: Python's TypeError        */
    AJ_VALUE_ERROR = 2,     /* wrong dim or value: ValueError                                            */
    AJ_INDEX_ERROR = 3,     /* IndexError                                                                */
    AJ_ASSERTION_ERROR = 4, /* a failed assert: AssertionError                                           */
    AJ_ZERO_DIVISION = 5,   /* ZeroDivisionError                                                         */
    AJ_MEMORY_ERROR = 6,    /* MemoryError                                                               */
    AJ_RUNTIME_ERROR = 7,   /* raise, and what torch reports as RuntimeError                             */
    AJ_KEY_ERROR = 8,       /* KeyError                                                                  */
    AJ_NOT_IMPLEMENTED = 9, /* NotImplementedError                                                       */
};

enum aj_kind { AJ_TENSOR = 1, AJ_STORAGE, AJ_STR, AJ_LIST, AJ_DICT, AJ_CLASS, AJ_FUTURE };

enum {
    AJ_FROM_CALLER = 1, /* flag of a record: its tensors may lie in the caller's memory                          */
    AJ_LENT = 2,        /* flag of a str in its maker's frame, which nobody counts: who keeps it makes a copy    */
};

typedef struct aj_object {
    int32_t refcount; /* < 0: immortal */
    uint16_t kind;    /* enum aj_kind  */
    uint16_t flags;
} aj_object;

typedef struct aj_instance aj_instance; /* runtime/instance.h */

/* The memory behind one or more tensors. `data` has AJ_ALIGNMENT when the runtime allocated it. */
typedef struct aj_storage {
    aj_object head;
    void *data;
    size_t bytes;
    void (*release)(struct aj_instance *self, struct aj_storage *storage); /* NULL: the arena's own block */
    void *context;                                                         /* for `release`                */
} aj_storage;

/* A strided view of a storage. Sizes and strides count elements; `data` is the first element (offset applied). */
typedef struct aj_tensor {
    aj_object head;
    int32_t dtype; /* torch's ScalarType number */
    int32_t ndim;
    void *data;
    aj_storage *storage; /* owned reference; NULL for a borrowed argument or a weight */
    int64_t numel;
    int64_t sizes[AJ_MAX_RANK];
    int64_t strides[AJ_MAX_RANK];
} aj_tensor;

/* Immutable UTF-8 text, NUL-terminated; `bytes` does not count the NUL. */
typedef struct aj_str {
    aj_object head;
    int64_t bytes;
    int64_t chars; /* code points */
    char *text;    /* behind the object, or a literal in the read-only data */
    uint64_t hash; /* 0: not computed yet (aj_str_hash); a literal's always is */
    struct aj_text_buffer *buffer; /* where the text is when several strs share it (string.c): then no NUL ends it */
} aj_str;

/* A str in the frame of the function that makes it, with its text where that is short. */
enum { AJ_SCRATCH_BYTES = 80 };
typedef struct aj_scratch {
    aj_str str;
    char text[AJ_SCRATCH_BYTES];
} aj_scratch;

/* A place that warns, of a library: the last call that it warned in. Generated code defines it. */
typedef struct aj_warning {
    struct aj_instance *instance;
    uint64_t call;
    const char *file;
    int64_t line;
} aj_warning;

/* The str of one ASCII character: such take no memory. */
typedef struct aj_character {
    aj_str str;
    char text[8];
} aj_character;

extern const aj_character aj_ascii[128];

/* A growable list. Element i is words data[i*width .. (i+1)*width); bit k of `references` is set where word k of an
 * element is a pointer to an object (NULL allowed). */
typedef struct aj_list {
    aj_object head;
    int32_t width;
    int32_t reserved;
    uint64_t references;
    int64_t length;
    int64_t capacity;
    aj_word *data;
} aj_list;

/* A list in the frame of the function that makes it, with parts of a str: the first ones are there too. */
enum { AJ_FIRST_PARTS = 8 };
typedef struct aj_parts {
    aj_list list;
    aj_str first[AJ_FIRST_PARTS];
} aj_parts;

/* What a record holds: the fields of a class, or the value in a box. Constant data; one for each class and boxed type. */
typedef struct aj_class {
    const char *name; /* of a class, for printing; of a boxed type as the language writes it */
    const char *code; /* of the fields as one tuple; of the value in a box */
    int32_t words;
    int32_t reference_count;
    const int32_t *references; /* which words are object pointers (NULL allowed), ascending */
    const char *fields;        /* their names, "x|y|z"; NULL of a box */
    const int32_t *dtypes;     /* of the tensors that callers put in, one for each T in `code`; -1: any; NULL: no T */
} aj_class;

/* An instance of a class, or the box of a value of type Any or Union. */
typedef struct aj_record {
    aj_object head;
    const aj_class *type;
    aj_word words[];
} aj_record;

/* What stands behind the words of a future, which is a record of kind AJ_FUTURE with the result of a task. */
typedef struct aj_future {
    int32_t status;       /* of a task that failed; its words are zero then               */
    aj_str *message;      /* the failure's                                                */
    struct aj_task *task; /* while it is on another thread, or its result is there (task.c) */
} aj_future;

static inline aj_future *aj_future_of(aj_record *record) {
    return (aj_future *)(void *)(record->words + record->type->words);
}

/* -- what generated code calls ---------------------------------------------------------------------------------- */

/* Records a message and returns `status`. Formats: %s %d %ld %lld %g %% as in printf, %S a const aj_str *. Cold. */
int32_t aj_fail(aj_instance *self, int32_t status, const char *format, ...);
/* Appends " at file:line:column in function" to the message; called once, where the failure left model code. */
void aj_locate(aj_instance *self, const char *where);

static inline void aj_retain(aj_object *object) {
    if (object && object->refcount >= 0) object->refcount++;
}
void aj_destroy(aj_instance *self, aj_object *object); /* by kind; releases what it holds */
static inline void aj_release(aj_instance *self, aj_object *object) {
    if (object && object->refcount >= 0 && --object->refcount == 0) aj_destroy(self, object);
}

/* A contiguous tensor of a fresh block; `sizes` has ndim entries. Fails with AJ_MEMORY_ERROR or AJ_VALUE_ERROR. */
int32_t aj_tensor_new(aj_instance *self, int32_t dtype, int32_t ndim, const int64_t *sizes, aj_tensor **out);
/* A view sharing `base`'s storage (retained; `base` itself is retained in its place when it has none). */
int32_t aj_tensor_view(aj_instance *self, aj_tensor *base, int32_t ndim, const int64_t *sizes, const int64_t *strides,
                       int64_t offset, aj_tensor **out);
/* Can `t`'s memory be overwritten by its last reader: sole owner of a contiguous, runtime-owned storage? */
static inline bool aj_tensor_reusable(const aj_tensor *t) {
    return t->head.refcount == 1 && t->storage && t->storage->head.refcount == 1 && !t->storage->release;
}

int32_t aj_list_new(aj_instance *self, int32_t width, uint64_t references, int64_t capacity, aj_list **out);
int32_t aj_list_reserve(aj_instance *self, aj_list *list, int64_t needed);        /* room for so many elements */
int32_t aj_list_append(aj_instance *self, aj_list *list, const aj_word *element); /* takes its own references */
int32_t aj_list_extend(aj_instance *self, aj_list *list, aj_list *other);
/* Index of `i` counted from the end when negative; AJ_INDEX_ERROR when outside. */
int32_t aj_list_index(aj_instance *self, const aj_list *list, int64_t i, int64_t *out);

int32_t aj_record_new(aj_instance *self, const aj_class *type, aj_record **out); /* its words are zero */

/* Runs a task, or hands it to another thread; how it ends is known when it is waited for. `codes`: of the words in
 * `captured` as one tuple, NULL for a task that depends on what comes after it. */
typedef int32_t (*aj_task_code)(aj_instance *self, const aj_word *captured, aj_word *result);
int32_t aj_fork(aj_instance *self, const aj_class *type, aj_task_code code, const char *codes, const aj_word *captured,
                aj_record **out);
int32_t aj_wait(aj_instance *self, aj_record *future); /* then the future's words are the result */

int32_t aj_str_new(aj_instance *self, const char *text, int64_t bytes, aj_str **out); /* its text may be written to */

/* How a pointwise or reduction kernel walks memory. Dims are coalesced and sorted, innermost last. */
enum { AJ_MAX_OPERANDS = 24 };
typedef struct aj_plan {
    int32_t ndim;     /* dims left after coalescing, at least 1                    */
    int32_t operands; /* inputs and outputs                                        */
    int64_t sizes[AJ_MAX_RANK];
    int64_t strides[AJ_MAX_OPERANDS][AJ_MAX_RANK]; /* in bytes; 0 where broadcast   */
} aj_plan;

#endif
