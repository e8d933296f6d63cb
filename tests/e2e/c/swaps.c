/* One thread gives the model other weights again and again while others call instances of it: every call sees one set,
 * all of whose elements are the same number. Prints what went wrong with a wrong name, dtype and shape. */
#include <pthread.h>

#include "swapped.h"

#include "tensors.h"

enum { RUNNERS = 3, CALLS = 400, SWAPS = 300, SIZE = 48 };

static DLTensor row_major(float *data, int64_t *shape, int rank) {
    return (DLTensor){data, {kDLCPU, 0}, rank, {kDLFloat, 32, 1}, shape, NULL, 0};
}

static void give(swapped_instance *model, float value) {
    static _Thread_local float first[SIZE * SIZE], second[SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) first[i] = value;
    for (int i = 0; i < SIZE; i++) second[i] = value;
    int64_t square[] = {SIZE, SIZE}, row[] = {SIZE};
    DLTensor a = row_major(first, square, 2), b = row_major(second, row, 1);
    const char *names[] = {"first", "second"};
    const DLTensor *tensors[] = {&a, &b};
    CHECK_OK(swapped_load_state(model, names, tensors, 2), swapped_last_error(model));
}

static void *swap(void *argument) {
    swapped_instance *model;
    CHECK(swapped_create(NULL, &model) == AOTJIT_OK);
    for (int i = 0; i < SWAPS; i++) give(model, (float)(1 + i % 7));
    swapped_destroy(model);
    return argument;
}

static float call(swapped_instance *model) {
    float data[SIZE];
    for (int i = 0; i < SIZE; i++) data[i] = 1;
    int64_t shape[] = {1, SIZE};
    DLTensor x = row_major(data, shape, 2);
    DLManagedTensorVersioned *out;
    CHECK_OK(swapped_forward(model, &x, &out), swapped_last_error(model));
    const float *y = (const float *)out->dl_tensor.data;
    float value = y[0] / SIZE;
    for (int i = 0; i < SIZE; i++) CHECK(y[i] == value * SIZE);
    for (int i = SIZE; i < 2 * SIZE; i++) CHECK(y[i] == value);
    out->deleter(out);
    return value;
}

static void *run(void *argument) {
    swapped_instance *model, *twin;
    CHECK(swapped_create(NULL, &model) == AOTJIT_OK);
    for (int i = 0; i < CALLS; i++) {
        float value = call(model);
        CHECK(value >= 1 && value <= 7);
        if (i % 50) continue;
        CHECK(swapped_clone(model, &twin) == AOTJIT_OK);
        CHECK(swapped_reset(model) == AOTJIT_OK);
        swapped_destroy(model);
        model = twin;
    }
    swapped_destroy(model);
    return argument;
}

int main(void) {
    swapped_instance *model;
    CHECK(swapped_create(NULL, &model) == AOTJIT_OK);
    give(model, 3);
    CHECK(call(model) == 3);
    pthread_t threads[RUNNERS + 2];
    for (int i = 0; i < RUNNERS; i++) CHECK(!pthread_create(&threads[i], NULL, run, NULL));
    for (int i = 0; i < 2; i++) CHECK(!pthread_create(&threads[RUNNERS + i], NULL, swap, NULL));
    for (int i = 0; i < RUNNERS + 2; i++) CHECK(!pthread_join(threads[i], NULL));

    _Alignas(64) static float data[SIZE];
    for (int i = 0; i < SIZE; i++) data[i] = 5;
    int64_t shape[] = {SIZE}, wrong[] = {SIZE / 2};
    DLTensor b = row_major(data, shape, 1);
    const DLTensor *tensors[] = {&b};
    const char *name[] = {"second"}, *unknown[] = {"third"};
    give(model, 5);
    CHECK_OK(swapped_use_weights(model, name, tensors, 1), swapped_last_error(model));
    CHECK(call(model) == 5);
    CHECK(swapped_load_state(model, unknown, tensors, 1) == AOTJIT_KEY_ERROR);
    puts(swapped_last_error(model));
    b.dtype.bits = 64;
    CHECK(swapped_load_state(model, name, tensors, 1) == AOTJIT_TYPE_ERROR);
    puts(swapped_last_error(model));
    b = row_major(data, wrong, 1);
    CHECK(swapped_load_state(model, name, tensors, 1) == AOTJIT_VALUE_ERROR);
    puts(swapped_last_error(model));
    CHECK(call(model) == 5);
    swapped_destroy(model);
    return 0;
}
