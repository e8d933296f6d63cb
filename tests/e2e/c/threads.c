/* Three models, several instances of each, every one on its own thread at once; each repeats one call and must always
 * get what a first call on the main thread got. Built with -fsanitize=thread too. */
#include <pthread.h>

#include "chain.h"
#include "foo.h"
#include "rnn.h"

#include "tensors.h"

enum { THREADS_A_MODEL = 3, CALLS = 40 };

static void silent(void *context, const char *text, size_t bytes) {
    (void)context;
    (void)text;
    (void)bytes;
}

static aotjit_options options_of(int threads) {
    aotjit_options options = {.size = sizeof options, .print = silent, .threads = threads};
    return options;
}

typedef struct job {
    unsigned seed;
    int calls, threads;
    double sum; /* of the last call's results */
} job;

static double sum_and_delete(DLManagedTensorVersioned *result) {
    double sum = 0;
    for (int64_t i = 0; i < element_count(&result->dl_tensor); i++) sum += (double)element(&result->dl_tensor, i);
    result->deleter(result);
    return sum;
}

static void keep(job *j, double sum) {
    CHECK(j->sum == 0 || j->sum == sum);
    j->sum = sum;
}

static void *run_foo(void *argument) {
    job *j = (job *)argument;
    aotjit_options options = options_of(j->threads);
    foo_instance *model;
    CHECK(foo_create(&options, &model) == AOTJIT_OK);
    for (int i = 0; i < j->calls; i++) {
        array *x = array_fill(array_new(2, 40, 30, 0), j->seed), *y = array_fill(array_new(1, 30, 0, 0), j->seed + 1);
        DLManagedTensorVersioned *out;
        CHECK_OK(foo_foo(model, &x->tensor, &y->tensor, &out), foo_last_error(model));
        keep(j, sum_and_delete(out));
        array *wrong = array_new(1, 7, 0, 0);
        CHECK(foo_foo(model, &x->tensor, &wrong->tensor, &out) != AOTJIT_OK && strstr(foo_last_error(model), "30"));
        array_free(wrong);
        array_free(x);
        array_free(y);
    }
    foo_destroy(model);
    return NULL;
}

static void *run_chain(void *argument) {
    job *j = (job *)argument;
    aotjit_options options = options_of(j->threads);
    chain_instance *model;
    CHECK(chain_create(&options, &model) == AOTJIT_OK);
    for (int i = 0; i < j->calls; i++) {
        array *x = array_fill(array_new(2, 60, 300, 0), j->seed), *y = array_fill(array_new(2, 60, 1, 0), j->seed + 1);
        DLManagedTensorVersioned *out;
        CHECK_OK(chain_chain(model, &x->tensor, &y->tensor, &out), chain_last_error(model));
        keep(j, sum_and_delete(out));
        array_free(x);
        array_free(y);
    }
    chain_destroy(model);
    return NULL;
}

static void *run_rnn(void *argument) {
    job *j = (job *)argument;
    aotjit_options options = options_of(j->threads);
    rnn_instance *model;
    CHECK(rnn_create(&options, &model) == AOTJIT_OK);
    for (int i = 0; i < j->calls; i++) {
        array *x = array_fill(array_new(3, 12, 3, 64), j->seed), *h = array_fill(array_new(2, 3, 128, 0), j->seed);
        DLManagedTensorVersioned *y, *last;
        CHECK_OK(rnn_forward(model, &x->tensor, &h->tensor, &y, &last), rnn_last_error(model));
        keep(j, sum_and_delete(y) + sum_and_delete(last));
        array_free(x);
        array_free(h);
    }
    rnn_destroy(model);
    return NULL;
}

int main(int argc, char **argv) {
    int own = argc > 1 ? atoi(argv[1]) : 1; /* threads of the library, which the thread sanitizer does not see into */
    static void *(*const runs[])(void *) = {run_foo, run_chain, run_rnn};
    pthread_t threads[3][THREADS_A_MODEL];
    job jobs[3][THREADS_A_MODEL];
    for (int m = 0; m < 3; m++) {
        for (int i = 0; i < THREADS_A_MODEL; i++) {
            jobs[m][i] = (job){.seed = 100u * (unsigned)i, .calls = 1, .threads = 1};
            runs[m](&jobs[m][i]);
            CHECK(jobs[m][i].sum != 0);
            jobs[m][i].calls = CALLS;
            jobs[m][i].threads = i == 0 ? own : 1;
        }
    }
    for (int m = 0; m < 3; m++) {
        for (int i = 0; i < THREADS_A_MODEL; i++) CHECK(!pthread_create(&threads[m][i], NULL, runs[m], &jobs[m][i]));
    }
    for (int m = 0; m < 3; m++) {
        for (int i = 0; i < THREADS_A_MODEL; i++) CHECK(!pthread_join(threads[m][i], NULL));
    }
    puts("ok");
    return 0;
}
