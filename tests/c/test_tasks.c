/* Forked tasks under sanitizers: what goes in and out, failures, tasks of tasks, two instances at once; nothing is left. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "call.h"
#include "hand_model.h"
#include "task.h"
#include "value.h"

extern const aj_model hand_functions__model;

#define CHECK(condition)                                                                                           \
    do {                                                                                                           \
        if (!(condition)) {                                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                        \
            exit(1);                                                                                               \
        }                                                                                                          \
    } while (0)

enum { TASKS = 40, ROUNDS = 60 };

static const int32_t FIRST[] = {0}, BOTH[] = {0, 1};
static const aj_class LIST_FUTURE = {"Future[List[str]]", "(Ls)", 1, 1, FIRST};
static const aj_class PAIR_FUTURE = {"Future[Tuple[Tensor, List[Tensor]]]", "((TLT))", 2, 2, BOTH};
static const aj_class INT_FUTURE = {"Future[int]", "(i)", 1, 0, NULL};

/* -- tasks: captured -> result ------------------------------------------------------------------------------------- */

/* (Ls)i: the texts, each with the number's digit */
static int32_t label(aj_instance *self, const aj_word *captured, aj_word *result) {
    aj_list *texts = AS_POINTER(aj_list, captured[0]), *labels = NULL;
    CHECK(aj_list_new(self, 1, 1, 0, &labels) == AJ_OK);
    for (int64_t i = 0; i < texts->length; i++) {
        aj_str *text = AS_POINTER(aj_str, texts->data[i]), *made = NULL;
        char buffer[64];
        int length = snprintf(buffer, sizeof buffer, "%s%d", text->text, (int)captured[1]);
        CHECK(aj_str_new(self, buffer, length, &made) == AJ_OK);
        aj_word word = AS_WORD(made);
        CHECK(aj_list_append(self, labels, &word) == AJ_OK);
        aj_release(self, &made->head);
    }
    result[0] = AS_WORD(labels);
    return AJ_OK;
}

/* (T): a view of its second row, and [itself, a new tensor] */
static int32_t take_row(aj_instance *self, const aj_word *captured, aj_word *result) {
    aj_tensor *t = AS_POINTER(aj_tensor, captured[0]), *row = NULL, *made = NULL;
    aj_list *both = NULL;
    CHECK(aj_tensor_view(self, t, 1, t->sizes + 1, t->strides + 1, t->strides[0], &row) == AJ_OK);
    CHECK(aj_clone(self, t, &made) == AJ_OK);
    CHECK(aj_list_new(self, 1, 1, 2, &both) == AJ_OK);
    aj_word words[2] = {AS_WORD(t), AS_WORD(made)};
    for (int i = 0; i < 2; i++) CHECK(aj_list_append(self, both, &words[i]) == AJ_OK);
    aj_release(self, &made->head);
    result[0] = AS_WORD(row);
    result[1] = AS_WORD(both);
    return AJ_OK;
}

static int32_t fail(aj_instance *self, const aj_word *captured, aj_word *result) {
    (void)result;
    return aj_fail(self, AJ_INDEX_ERROR, "task %d", (int)captured[0]);
}

/* (i): the sum of the lengths of what its own tasks make; one of them is never waited for */
static int32_t fork_again(aj_instance *self, const aj_word *captured, aj_word *result) {
    aj_list *texts = NULL;
    aj_str *text = NULL;
    aj_record *futures[4];
    CHECK(aj_list_new(self, 1, 1, 0, &texts) == AJ_OK && aj_str_new(self, "t", 1, &text) == AJ_OK);
    aj_word word = AS_WORD(text), given[2] = {AS_WORD(texts), captured[0]};
    CHECK(aj_list_append(self, texts, &word) == AJ_OK);
    aj_release(self, &text->head);
    int64_t total = 0;
    for (int i = 0; i < 4; i++) {
        CHECK(aj_fork(self, &LIST_FUTURE, label, "(Lsi)", given, &futures[i]) == AJ_OK);
        CHECK(aj_list_append(self, texts, &word) == AJ_OK);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(aj_wait(self, futures[i]) == AJ_OK);
        total += AS_POINTER(aj_list, futures[i]->words[0])->length;
    }
    for (int i = 0; i < 4; i++) aj_release(self, &futures[i]->head);
    aj_release(self, &texts->head);
    result[0] = (aj_word)total;
    return AJ_OK;
}

/* -- what is left -------------------------------------------------------------------------------------------------- */

/* The start of each piece of memory that an arena took (arena.c). */
typedef struct region {
    struct region *next;
    size_t bytes;
} region;

/* Bytes of regions that are neither on a free list nor still to be handed out, of an instance and those of its tasks, but
 * for the tasks themselves. Tails of chunks that fit no size class count too; there are few. */
static int64_t live_bytes(const aj_instance *self) {
    int64_t live = self->chunk - self->chunk_end;
    const region *taken = (const region *)(const void *)self->regions;
    for (; taken; taken = taken->next) live += (int64_t)taken->bytes - AJ_ALIGNMENT;
    for (uint32_t c = 0; c < AJ_SIZE_CLASSES; c++) {
        for (const aj_block *block = self->free[c]; block; block = block->next) live -= (int64_t)aj_class_bytes(c);
    }
    for (const aj_task *task = self->tasks; task; task = task->next) {
        CHECK(!task->future);
        live += live_bytes(task->self) - (int64_t)aj_class_bytes(aj_size_class(sizeof *task));
    }
    return live;
}

/* -- programs ------------------------------------------------------------------------------------------------------ */

static void texts_and_failures(aj_instance *self) {
    aj_list *texts = NULL;
    aj_str *text = NULL;
    aj_record *labels[TASKS], *failures[TASKS], *sums[TASKS];
    CHECK(aj_list_new(self, 1, 1, 0, &texts) == AJ_OK && aj_str_new(self, "text", 4, &text) == AJ_OK);
    aj_word word = AS_WORD(text), given[2] = {AS_WORD(texts), 0};
    for (int i = 0; i < TASKS; i++) {
        aj_word number = (aj_word)i;
        given[1] = number;
        CHECK(aj_fork(self, &LIST_FUTURE, label, "(Lsi)", given, &labels[i]) == AJ_OK);
        CHECK(aj_fork(self, &INT_FUTURE, fail, "(i)", &number, &failures[i]) == AJ_OK);
        CHECK(aj_fork(self, &INT_FUTURE, fork_again, "(i)", &number, &sums[i]) == AJ_OK);
        CHECK(aj_list_append(self, texts, &word) == AJ_OK); /* seen by later tasks only */
    }
    aj_list_clear(self, texts);
    for (int i = 0; i < TASKS; i++) {
        char message[16];
        snprintf(message, sizeof message, "task %d", i);
        for (int twice = 0; twice < 2 && i % 3; twice++) {
            CHECK(aj_wait(self, failures[i]) == AJ_INDEX_ERROR && strcmp(aj_last_error(self), message) == 0);
            CHECK(aj_wait(self, labels[i]) == AJ_OK && AS_POINTER(aj_list, labels[i]->words[0])->length == i);
            CHECK(aj_wait(self, sums[i]) == AJ_OK && sums[i]->words[0] == 6);
        }
        aj_release(self, &labels[i]->head);
        aj_release(self, &failures[i]->head);
        aj_release(self, &sums[i]->head);
    }
    aj_release(self, &text->head);
    aj_release(self, &texts->head);
}

static void tensors(aj_instance *self) {
    int64_t sizes[2] = {2, 500};
    aj_tensor *t = NULL, borrowed;
    CHECK(aj_tensor_new(self, AJ_F32, 2, sizes, &t) == AJ_OK);
    memset(t->data, 0, 4000);
    memcpy(&borrowed, t, sizeof borrowed); /* a caller's: it has no storage, and its memory outlives the call */
    borrowed.head = (aj_object){.refcount = 1, .kind = AJ_TENSOR};
    borrowed.storage = NULL;
    aj_record *futures[TASKS];
    for (int i = 0; i < TASKS; i++) {
        aj_word given = AS_WORD(i % 2 ? t : &borrowed);
        CHECK(aj_fork(self, &PAIR_FUTURE, take_row, "(T)", &given, &futures[i]) == AJ_OK);
    }
    for (int i = 0; i < TASKS; i++) {
        CHECK(aj_wait(self, futures[i]) == AJ_OK);
        const aj_tensor *row = AS_POINTER(aj_tensor, futures[i]->words[0]);
        const aj_list *both = AS_POINTER(aj_list, futures[i]->words[1]);
        CHECK(row->data == (float *)t->data + 500 && row->ndim == 1 && row->sizes[0] == 500);
        CHECK(AS_POINTER(aj_tensor, both->data[0]) == (i % 2 ? t : &borrowed));
        CHECK(AS_POINTER(aj_tensor, both->data[1])->data != t->data);
        aj_release(self, &futures[i]->head);
    }
    CHECK(t->head.refcount == 1 && t->storage->head.refcount == 1 && borrowed.head.refcount == 1);
    aj_release(self, &t->head);
}

static void *work(void *argument) {
    aotjit_options options = {.size = sizeof options, .threads = *(const int32_t *)argument};
    aj_instance *self = NULL;
    CHECK(aj_create(&hand_functions__model, &options, &self) == AJ_OK);
    int64_t warm = 0;
    for (int i = 0; i < ROUNDS; i++) {
        texts_and_failures(self);
        tensors(self);
        if (self->tasks) self->end_tasks(self, false);
        if (i < 10) warm = live_bytes(self);
    }
    CHECK(live_bytes(self) - warm < 8192); /* one object of each task would be 50 * 40 * 64 bytes */
    CHECK(self->threads < 2 || self->tasks);
    aj_dispose(self);
    return NULL;
}

int main(void) {
    pthread_t other;
    int32_t threads[] = {1, 2, 4};
    work(&threads[0]);
    CHECK(pthread_create(&other, NULL, work, &threads[1]) == 0);
    work(&threads[2]);
    pthread_join(other, NULL);
    puts("ok");
    return 0;
}
