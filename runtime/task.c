#include "task.h"

#include "arena.h"
#include "call.h"
#include "libc.h"
#include "operators.h"
#include "value.h"

/* -- futures ------------------------------------------------------------------------------------------------------- */

static size_t future_bytes(const aj_class *type) {
    return sizeof(aj_record) + (size_t)type->words * sizeof(aj_word) + sizeof(aj_future);
}

static void release_words(aj_instance *self, const aj_class *type, const aj_word *words) {
    for (int32_t i = 0; i < type->reference_count; i++) {
        aj_release(self, (aj_object *)aj_word_pointer(words[type->references[i]]));
    }
}

static void end_task(aj_instance *self, aj_task *task);

void aj_destroy_future(aj_instance *self, aj_object *object) {
    aj_record *record = (aj_record *)object;
    aj_future *future = aj_future_of(record);
    if (future->task) end_task(self, future->task);
    release_words(self, record->type, record->words);
    if (future->message) aj_release(self, &future->message->head);
    aj_arena_free(self, record, future_bytes(record->type));
}

int32_t aj_future_new(aj_instance *self, const aj_class *type, aj_record **out) {
    size_t bytes = future_bytes(type);
    aj_record *record = (aj_record *)aj_arena_alloc(self, bytes);
    if (!record) return AJ_MEMORY_ERROR;
    memset(record, 0, bytes);
    record->head = (aj_object){.refcount = 1, .kind = AJ_FUTURE};
    record->type = type;
    *out = record;
    return AJ_OK;
}

/* The task failed in `where`, an instance of its own or `self`. */
static void keep_failure(aj_instance *self, aj_instance *where, int32_t status, aj_future *future) {
    if (aj_str_new(self, where->error, where->error_bytes, &future->message)) future->message = NULL;
    future->status = status;
    where->status = AJ_OK;
    where->error_bytes = 0;
    where->error[0] = 0;
}

void aj_future_fail(aj_instance *self, int32_t status, aj_record *record) {
    keep_failure(self, self, status, aj_future_of(record));
}

static int32_t fail_again(aj_instance *self, const aj_future *future) {
    if (!future->message) return aj_fail(self, future->status, "out of memory");
    self->status = future->status;
    self->error_bytes = (int32_t)future->message->bytes;
    memcpy(self->error, future->message->text, (size_t)self->error_bytes);
    self->error[self->error_bytes] = 0;
    return future->status;
}

/* -- tasks on other threads ---------------------------------------------------------------------------------------- */

static void run(aj_pool_task *pooled) {
    aj_task *task = (aj_task *)(void *)pooled;
    aj_instance *self = task->self;
    task->status = task->code(self, task->words, task->words + aj_code_words(task->codes));
    if (self->tasks) self->end_tasks(self, false);
}

static void free_task(aj_task *task) {
    const char *code = task->codes + 1;
    for (aj_word *value = task->words; *code != ')'; code = aj_code_end(code)) {
        aj_release_value(task->self, code, value);
        value += aj_code_words(code);
    }
    aj_cloner_end(&task->lent);
    aj_arena_free(task->self, task->words, task->bytes);
    memset(&task->lent, 0, sizeof task->lent);
    task->words = NULL;
    task->future = NULL;
}

static int32_t take_result(aj_task *task, const aj_word *result) {
    aj_cloner back;
    int32_t status = aj_cloner_back(&back, &task->lent);
    if (!status) status = aj_cloner_copy(&back, task->future->type->code, result, task->future->words);
    aj_cloner_end(&back);
    release_words(task->self, task->future->type, result);
    return status;
}

/* On the thread that forked it: the future has the result, and the task is free. */
static void end_task(aj_instance *self, aj_task *task) {
    aj_future *future = aj_future_of(task->future);
    const aj_word *result = task->words + aj_code_words(task->codes);
    aj_pool_finish(&task->pooled);
    int32_t status = task->status, lost = AJ_OK;
    if (status) keep_failure(self, task->self, status, future);
    else lost = take_result(task, result);
    if (lost) {
        memset(task->future->words, 0, (size_t)task->future->type->words * sizeof(aj_word));
        keep_failure(self, self, lost, future);
    }
    free_task(task);
    future->task = NULL;
}

static void end_tasks(aj_instance *self, bool forever) {
    aj_task *task = self->tasks;
    while (task) {
        aj_task *next = task->next;
        if (task->future) end_task(self, task);
        if (forever) {
            task->self->threads = 1; /* the pool never knew it */
            aj_dispose(task->self);
            aj_arena_free(self, task, sizeof *task);
        }
        task = next;
    }
    if (forever) self->tasks = NULL;
}

static aj_task *new_task(aj_instance *self) {
    aj_instance *beside = NULL;
    aj_task *task = (aj_task *)aj_arena_alloc(self, sizeof *task);
    if (!task) return NULL;
    memset(task, 0, sizeof *task);
    if (aj_instance_beside(self, &beside)) {
        aj_arena_free(self, task, sizeof *task);
        return NULL;
    }
    task->self = beside;
    task->next = self->tasks;
    self->tasks = task;
    self->end_tasks = end_tasks;
    return task;
}

/* One that is free, or over; NULL where too many are under way. */
static aj_task *free_place(aj_instance *self) {
    aj_task *over = NULL;
    int64_t count = 0;
    for (aj_task *task = self->tasks; task; task = task->next, count++) {
        if (!task->future) return task;
        if (aj_pool_done(&task->pooled)) over = task;
    }
    if (over) end_task(self, over);
    return over || count >= (int64_t)AJ_TASKS_PER_THREAD * self->threads ? over : new_task(self);
}

/* What the task uses, in the memory of its instance, which nobody else uses now. */
static int32_t lend(aj_instance *self, aj_task *task, const aj_word *captured) {
    aj_instance *own = task->self;
    size_t words = (size_t)aj_code_words(task->codes) + (size_t)task->future->type->words;
    aj_call_begin(own);
    own->threads = self->threads;
    own->weights = self->weights;
    task->bytes = words * sizeof(aj_word);
    task->words = (aj_word *)aj_arena_alloc(own, task->bytes);
    if (!task->words) return AJ_MEMORY_ERROR;
    memset(task->words, 0, task->bytes);
    int32_t status = aj_cloner_begin(&task->lent, AJ_CLONE_LEND, self, own);
    if (!status) status = aj_cloner_copy(&task->lent, task->codes, captured, task->words);
    return status;
}

static bool start(aj_instance *self, aj_record *future, aj_task_code code, const char *codes, const aj_word *captured) {
    if (self->threads < 2 || self->options.parallel_for || self->options.allocate) return false;
    aj_task *task = free_place(self);
    if (!task) return false;
    task->future = future;
    task->code = code;
    task->codes = codes;
    task->pooled.run = run;
    bool started = !lend(self, task, captured) && aj_pool_submit(&task->pooled, self->threads);
    if (started) aj_future_of(future)->task = task;
    else if (task->words) free_task(task);
    task->future = started ? future : NULL;
    return started;
}

/* ------------------------------------------------------------------------------------------------------------------ */

int32_t aj_fork(aj_instance *self, const aj_class *type, aj_task_code code, const char *codes, const aj_word *captured,
                aj_record **out) {
    int32_t status = aj_future_new(self, type, out);
    if (status) return status;
    if (codes && start(self, *out, code, codes, captured)) return AJ_OK;
    status = code(self, captured, (*out)->words);
    if (status) keep_failure(self, self, status, aj_future_of(*out));
    return AJ_OK;
}

int32_t aj_wait(aj_instance *self, aj_record *record) {
    aj_future *future = aj_future_of(record);
    if (future->task) end_task(self, future->task);
    return future->status ? fail_again(self, future) : AJ_OK;
}
