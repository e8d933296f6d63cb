/* One pool of threads a library. A parallel loop is a job, offered under a number; a worker claims a place in it with a
 * compare-and-swap on number and places left, so that a worker that wakes late never touches a job that is over. The
 * caller works too, withdraws the places nobody claimed, and waits for those who did. One caller at a time uses the
 * workers for a loop: another one, or a loop inside a loop, runs alone. Tasks wait in a queue for workers that have no
 * job to help with. */
#include "pool.h"

#include <stdbool.h>

#include "instance.h"
#include "libc.h"
#include "operators.h"

/* Weak: in older C libraries they are in libpthread, which a program may lack; then every loop runs on its caller. */
__attribute__((weak, visibility("default"))) int pthread_create(uint64_t *thread, const void *attributes,
                                                                void *(*start)(void *), void *argument);
__attribute__((weak, visibility("default"))) int pthread_join(uint64_t thread, void **result);

enum {
    MOST_WORKERS = 63,
    SPINS = 4000, /* about 20 us of waiting before a thread sleeps: longer than the gap between two loops of a model */
    PARTS_PER_THREAD = 4,
    SYS_RT_SIGPROCMASK = 14, SYS_SCHED_YIELD = 24, SYS_GETPID = 39, SYS_FUTEX = 202,
    FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129, SIG_SETMASK = 2,
};

typedef void (*loop_body)(void *argument, int64_t begin, int64_t end);

typedef struct job {
    loop_body body;
    void *argument;
    int64_t count, part; /* indices, and how many of them are taken at a time */
    int64_t next;        /* atomic: the first index not taken */
} job;

/* `places` is the job's number in the high half and the places left in it in the low half. */
static struct pool {
    uint64_t places;                /* atomic */
    uint32_t number;                /* of the newest job */
    uint32_t news, done, finished;  /* atomic, futexes: jobs and tasks offered; the job's places and the tasks that are over */
    uint32_t sleepers, caller_waits, task_waits; /* atomic: who must be woken when they change */
    uint32_t busy;                  /* atomic: a caller is using the workers */
    uint32_t lifecycle;             /* atomic: a spin lock around users and workers */
    uint32_t stop;                  /* atomic */
    int32_t users, workers;
    int64_t process; /* that started the workers: a forked child has none of them */
    uint64_t threads[MOST_WORKERS];
    job job;
    uint32_t queue;                 /* atomic: a spin lock around the queue */
    aj_pool_task *first, *last;
} pool;

#define LOAD(x) __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define STORE(x, value) __atomic_store_n(&(x), value, __ATOMIC_SEQ_CST)
#define ADD(x, value) __atomic_add_fetch(&(x), value, __ATOMIC_SEQ_CST)

static void futex_wait(uint32_t *word, uint32_t seen) {
    syscall(SYS_FUTEX, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(uint32_t *word, int32_t count) {
    syscall(SYS_FUTEX, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static void lock(uint32_t *word) {
    while (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE)) syscall(SYS_SCHED_YIELD);
}

static void unlock(uint32_t *word) { __atomic_store_n(word, 0, __ATOMIC_RELEASE); }

static void work(job *j) {
    for (;;) {
        int64_t begin = __atomic_fetch_add(&j->next, j->part, __ATOMIC_RELAXED);
        if (begin >= j->count) return;
        int64_t end = j->count - begin < j->part ? j->count : begin + j->part;
        j->body(j->argument, begin, end);
    }
}

/* A place in the present job, or false when it has none left or is over. */
static bool claim(void) {
    uint64_t places = LOAD(pool.places);
    while ((uint32_t)places > 0) {
        if (__atomic_compare_exchange_n(&pool.places, &places, places - 1, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            return true;
        }
    }
    return false;
}

/* Waits until *word is not `seen`; `sleepers` counts who must be woken. */
static void await_change(uint32_t *word, uint32_t seen, uint32_t *sleepers) {
    for (int32_t i = 0; i < SPINS; i++) {
        if (LOAD(*word) != seen) return;
        __builtin_ia32_pause();
    }
    ADD(*sleepers, 1);
    while (LOAD(*word) == seen) futex_wait(word, seen);
    ADD(*sleepers, -1u);
}

static void take_out(aj_pool_task *task) {
    *(task->previous ? &task->previous->next : &pool.first) = task->next;
    *(task->next ? &task->next->previous : &pool.last) = task->previous;
    task->queued = false;
}

static aj_pool_task *next_task(void) {
    lock(&pool.queue);
    aj_pool_task *task = pool.first;
    if (task) take_out(task);
    unlock(&pool.queue);
    return task;
}

/* Whoever waits for the task may free it as soon as it is done. */
static void run_task(aj_pool_task *task) {
    task->run(task);
    STORE(task->done, 1);
    ADD(pool.finished, 1);
    if (LOAD(pool.task_waits)) futex_wake(&pool.finished, MOST_WORKERS + 1);
}

static bool work_waiting(void) {
    if (claim()) {
        work(&pool.job);
        ADD(pool.done, 1);
        if (LOAD(pool.caller_waits)) futex_wake(&pool.done, 1);
        return true;
    }
    aj_pool_task *task = next_task();
    if (task) run_task(task);
    return task != NULL;
}

static void *worker_main(void *argument) {
    uint64_t all_signals = ~0ull;
    (void)argument;
    syscall(SYS_RT_SIGPROCMASK, SIG_SETMASK, &all_signals, NULL, sizeof all_signals);
    while (!LOAD(pool.stop)) {
        uint32_t seen = LOAD(pool.news);
        if (!work_waiting() && !LOAD(pool.stop)) await_change(&pool.news, seen, &pool.sleepers);
    }
    return NULL;
}

static void tell_workers(int32_t count) {
    ADD(pool.news, 1);
    if (LOAD(pool.sleepers)) futex_wake(&pool.news, count);
}

/* As many workers as asked for, or as can be had. A process forked from the one that started them has no work either. */
static int32_t have_workers(int32_t wanted) {
    if (!pthread_create || !pthread_join) return 0;
    if (wanted > MOST_WORKERS) wanted = MOST_WORKERS;
    lock(&pool.lifecycle);
    int64_t process = syscall(SYS_GETPID);
    if (pool.workers > 0 && pool.process != process) {
        pool.workers = 0;
        pool.first = pool.last = NULL;
    }
    pool.process = process;
    while (pool.workers < wanted) {
        if (pthread_create(&pool.threads[pool.workers], NULL, worker_main, NULL) != 0) break;
        pool.workers++;
    }
    int32_t have = pool.workers < wanted ? pool.workers : wanted;
    unlock(&pool.lifecycle);
    return have;
}

void aj_pool_acquire(void) {
    lock(&pool.lifecycle);
    pool.users++;
    unlock(&pool.lifecycle);
}

void aj_pool_release(void) {
    lock(&pool.lifecycle);
    if (--pool.users == 0 && pool.workers > 0) {
        if (pool.process == syscall(SYS_GETPID)) {
            STORE(pool.stop, 1);
            ADD(pool.news, 1);
            futex_wake(&pool.news, MOST_WORKERS);
            for (int32_t i = 0; i < pool.workers; i++) pthread_join(pool.threads[i], NULL);
        }
        pool.workers = 0;
        STORE(pool.sleepers, 0);
        STORE(pool.stop, 0);
    }
    unlock(&pool.lifecycle);
}

/* The caller holds `busy`; 1 <= workers. */
static void run_shared(job j, int32_t workers) {
    STORE(pool.done, 0);
    pool.job = j;
    STORE(pool.places, (uint64_t)++pool.number << 32 | (uint32_t)workers);
    tell_workers(workers);
    work(&pool.job);
    uint64_t left = __atomic_exchange_n(&pool.places, 0, __ATOMIC_SEQ_CST);
    uint32_t claimed = (uint32_t)workers - (uint32_t)left;
    for (uint32_t done = LOAD(pool.done); done != claimed; done = LOAD(pool.done)) {
        await_change(&pool.done, done, &pool.caller_waits);
    }
}

void aj_parallel_for(aj_instance *self, int64_t count, int64_t grain, loop_body body, void *argument) {
    if (count <= 0) return;
    if (grain < 1) grain = 1;
    if (count <= grain) {
        body(argument, 0, count);
        return;
    }
    if (self->options.parallel_for) {
        self->options.parallel_for(self->options.context, count, grain, body, argument);
        return;
    }
    if (self->threads <= 1 || __atomic_exchange_n(&pool.busy, 1, __ATOMIC_ACQUIRE)) {
        body(argument, 0, count);
        return;
    }
    int64_t threads = (count - 1) / grain + 1 < self->threads ? (count - 1) / grain + 1 : self->threads;
    int32_t workers = have_workers((int32_t)threads - 1);
    int64_t part = count / (threads * PARTS_PER_THREAD);
    job j = {.body = body, .argument = argument, .count = count, .part = part > grain ? part : grain};
    if (workers > 0) run_shared(j, workers);
    else body(argument, 0, count);
    unlock(&pool.busy);
}

bool aj_pool_submit(aj_pool_task *task, int32_t threads) {
    if (have_workers(threads - 1) == 0) return false;
    task->done = 0;
    task->queued = true;
    task->next = NULL;
    lock(&pool.queue);
    task->previous = pool.last;
    *(pool.last ? &pool.last->next : &pool.first) = task;
    pool.last = task;
    unlock(&pool.queue);
    tell_workers(1);
    return true;
}

bool aj_pool_done(const aj_pool_task *task) { return LOAD(task->done); }

void aj_pool_finish(aj_pool_task *task) {
    lock(&pool.queue);
    bool unclaimed = task->queued;
    if (unclaimed) take_out(task);
    unlock(&pool.queue);
    if (unclaimed) run_task(task);
    while (!LOAD(task->done)) {
        uint32_t seen = LOAD(pool.finished);
        if (!LOAD(task->done)) await_change(&pool.finished, seen, &pool.task_waits);
    }
}
