/* Forked tasks. A task that depends on what comes after it (it prints, changes a list that it was given, ...) runs where it
 * is forked; so does every task of an instance with one thread, or whose host brings its own allocator or threads. Any
 * other gets an instance of its own, without state, and copies of the objects that it uses; only the elements of tensors
 * are shared. Its result is copied back by the thread that forked it: when that waits, drops the future, or needs the
 * place for another task. All tasks of a call are over when it ends. A task that fails says so when it is waited for. */
#ifndef AJ_TASK_H
#define AJ_TASK_H

#include "clone.h"
#include "pool.h"

enum { AJ_TASKS_PER_THREAD = 4 }; /* where more wait to be run or waited for, the caller runs the next one */

typedef struct aj_task {
    aj_pool_task pooled; /* first: the pool knows this part */
    struct aj_task *next; /* of the instance that forks */
    aj_instance *self;    /* where the task runs */
    aj_record *future;    /* NULL: free for another one */
    aj_task_code code;
    const char *codes; /* of the captured values, as one tuple */
    aj_word *words;    /* these values, then the result */
    size_t bytes;      /* of the words */
    aj_cloner lent;
    int32_t status;
} aj_task;

/* A future that is over: its words are zero, and whoever makes it puts the value there. */
int32_t aj_future_new(aj_instance *self, const aj_class *type, aj_record **out);
/* It becomes one whose task failed with what `self` recorded, which is forgotten there. */
void aj_future_fail(aj_instance *self, int32_t status, aj_record *record);

#endif
