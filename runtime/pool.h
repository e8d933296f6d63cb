/* The thread pool: one per library, shared by its instances; threads start with the first parallel loop or task that needs
 * them and end with the last instance that may use them. */
#ifndef AJ_POOL_H
#define AJ_POOL_H

#include <stdbool.h>
#include <stdint.h>

void aj_pool_acquire(void); /* an instance that uses several threads exists */
void aj_pool_release(void); /* ... no longer */

/* What a thread of the pool does on its own. Its owner keeps it until aj_pool_finish has returned. */
typedef struct aj_pool_task {
    struct aj_pool_task *next, *previous; /* in the queue */
    void (*run)(struct aj_pool_task *task);
    bool queued;   /* under the queue's lock */
    uint32_t done; /* atomic */
} aj_pool_task;

/* False where there are no threads: then nothing happened. */
bool aj_pool_submit(aj_pool_task *task, int32_t threads);
bool aj_pool_done(const aj_pool_task *task);
/* Returns when the task is over. One that no thread has begun runs here, so that tasks may wait for their own tasks. */
void aj_pool_finish(aj_pool_task *task);

#endif
