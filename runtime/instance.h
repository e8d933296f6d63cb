/* One instance of a model: all mutable state of the runtime. Used by one thread at a time. */
#ifndef AJ_INSTANCE_H
#define AJ_INSTANCE_H

#include "model.h"

enum { AJ_ERROR_BYTES = 2048, AJ_SIZE_CLASSES = 168 };

typedef struct aj_block {
    struct aj_block *next;
} aj_block;

enum { AJ_RANDOM_WORDS = 624 };

/* The state of the generator of random numbers (random.c). */
typedef struct aj_random {
    uint32_t words[AJ_RANDOM_WORDS];
    int32_t at;
    bool seeded, has_spare;
    double spare; /* the second of a pair of normal numbers */
} aj_random;

/* Where a character of a long text is that was asked for last: the next one is mostly near. `text` is NULL, or the
 * beginning of a text that lives. */
typedef struct aj_cursor {
    const char *text;
    int64_t index, at; /* the character's number, its first byte */
} aj_cursor;

struct aj_instance {
    aj_word *state; /* model->state_words words; generated code reads and writes them: must stay the first field */
    const void *const *kernels; /* of this CPU's level; generated code calls through it: must stay the second field */
    const aj_tensor *weights; /* of its set; generated code reads it: must stay the third field */
    const aj_model *model;
    int32_t level; /* enum aj_level */
    int32_t threads;
    /* -- arena.c -- */
    aj_block *free[AJ_SIZE_CLASSES];
    char *chunk, *chunk_end;   /* what is left of the newest chunk for small blocks */
    struct aj_region *regions; /* everything taken from the allocator */
    aj_block *returned;        /* atomic: exported blocks handed back, by any thread */
    int64_t references;        /* atomic: exported blocks, and 1 for the instance itself */
    int64_t allocations;       /* calls of the allocator so far */
    aotjit_options options;    /* hooks; every unset hook NULL */
    /* -- the host, during a call -- */
    void (*on_long_work)(aj_instance *self); /* called before work that takes long; NULL: nobody wants to know */
    void *host;                              /* for it */
    aj_random random;
    /* -- c_call.c -- */
    aj_list *kept; /* objects behind the last C call's results */
    int32_t nested; /* instances in instances, while they cross */
    /* -- utf8.c -- */
    aj_cursor cursor;
    /* -- record.c -- */
    aj_record *dying; /* records whose last reference went while another one is destroyed; NULL while none is */
    /* -- task.c -- */
    struct aj_task *tasks; /* NULL in programs that fork none */
    void (*end_tasks)(aj_instance *self, bool forever); /* all are over when it returns; `forever`: and freed */
    /* -- fourier_plan.c -- */
    struct aj_fourier_plan *fourier_plans; /* NULL in programs without transforms */
    void (*end_plans)(aj_instance *self);
    /* -- weights.c -- */
    aj_weight_set *weight_set;
    aj_list *old_sets; /* sets that the state may still refer to; NULL while none */
    uint64_t calls;    /* that have begun, counted from a number of the instance's own */
    int32_t running;   /* calls that have begun: more than one where print() calls the model again */
    /* -- fail.c -- */
    int32_t status;
    int32_t error_bytes;
    char error[AJ_ERROR_BYTES];
};

/* A copy with its own state; `options` NULL: the original's. On failure *out is NULL. */
int32_t aj_copy_instance(const aj_instance *self, const aotjit_options *options, aj_instance **out);
/* One without state for a task of `self`, which outlives it. */
int32_t aj_instance_beside(const aj_instance *self, aj_instance **out);
void aj_set_threads(aj_instance *self, int32_t threads); /* below 2: the calling thread only */

#endif
