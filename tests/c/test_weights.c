/* Weights replaced while others call, under sanitizers: two threads call their instances, clones and new ones while two
 * others swap. Each call sees one set from beginning to end, and nothing is left. The code of the model is by hand, so
 * that the sanitizer sees every access. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "call.h"
#include "hand_model.h"
#include "weights.h"

#define CHECK(condition)                                                                                           \
    do {                                                                                                           \
        if (!(condition)) {                                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                        \
            exit(1);                                                                                               \
        }                                                                                                          \
    } while (0)

enum { SIZE = 96, CALLS = 300, SWAPS = 200, CALLERS = 2, SWAPPERS = 2 };

/* The number that all elements of both weights are; -1 where they are not all the same. */
static int32_t read_all(aj_instance *self, const aj_word *in, aj_word *out) {
    (void)in;
    const float *first = (const float *)self->weights[0].data, *second = (const float *)self->weights[1].data;
    int64_t value = (int64_t)first[0];
    for (int i = 0; i < SIZE; i++) {
        if ((int64_t)first[i] != value || (int64_t)second[i] != value) value = -1;
    }
    out[0] = (aj_word)value;
    return AJ_OK;
}

static const _Alignas(64) float ZEROS[SIZE];
#define WEIGHT                                                                                                     \
    {.head = {-1, AJ_TENSOR, 0}, .dtype = AJ_F32, .ndim = 1, .data = (void *)(uintptr_t)ZEROS, .numel = SIZE,      \
     .sizes = {SIZE}, .strides = {1}}
static const aj_tensor TENSORS[] = {WEIGHT, WEIGHT};
static const aj_weight_view VIEW = {.ndim = 1, .sizes = {SIZE}, .strides = {1}};
static const aj_weight WEIGHTS[] = {{.name = "first", .view = &VIEW}, {.name = "second", .view = &VIEW, .group = 1}};
static const int64_t SIZES[] = {SIZE};
static const aj_parameter PARAMETERS[] = {
    {.name = "first", .sizes = SIZES, .dtype = AJ_F32, .ndim = 1},
    {.name = "second", .sizes = SIZES, .dtype = AJ_F32, .ndim = 1, .group = 1},
};
static const aj_entry ENTRIES[] = {{.name = "read", .qualified = "read", .signature = "() -> int", .result = "i",
                                    .result_words = 1, .code = read_all}};
static aj_weights_cell CELL;
static const aj_model MODEL = {
    .abi = AJ_MODEL_ABI, .levels = (1u << AJ_LEVELS) - 1, .entry_count = 1, .name = "read", .manifest = "{}",
    .version = "0", .handlers = aj_all_handlers, .entries = ENTRIES, .state_code = "()", .cell = &CELL,
    .weights = WEIGHTS, .weight_count = 2, .tensors = TENSORS, .parameters = PARAMETERS, .parameter_count = 2,
    .group_count = 2};

typedef int32_t replacing(aj_instance *self, const char *const *names, const DLTensor *const *tensors, int64_t count);

static void give(aj_instance *self, float value, replacing *how) {
    static _Alignas(64) float kept[SIZE]; /* read where it is by aj_use_weights, on one thread */
    float data[SIZE], *from = how == aj_use_weights ? kept : data;
    for (int i = 0; i < SIZE; i++) from[i] = value;
    int64_t shape[] = {SIZE};
    DLTensor t = {from, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape, NULL, 0};
    const char *names[] = {"first", "second"};
    const DLTensor *tensors[] = {&t, &t};
    CHECK(how(self, names, tensors, 2) == AJ_OK);
}

static aj_instance *create(void) {
    aj_instance *self = NULL;
    CHECK(aj_create(&MODEL, NULL, &self) == AJ_OK);
    return self;
}

static int64_t call(aj_instance *self) {
    aj_word none[1] = {0}, out[1] = {0};
    aj_call_begin(self);
    CHECK(aj_call_entry(self, &ENTRIES[0], none, out) == AJ_OK);
    return (int64_t)out[0];
}

static void *run(void *argument) {
    aj_instance *self = create();
    for (int i = 0; i < CALLS; i++) {
        int64_t value = call(self);
        CHECK(value >= 3 && value <= 9);
        if (i % 20) continue;
        aj_instance *twin = NULL;
        CHECK(aj_clone_instance(self, &twin) == AJ_OK);
        aj_dispose(self);
        self = i % 40 ? twin : create();
        if (self != twin) aj_dispose(twin);
    }
    aj_dispose(self);
    return argument;
}

static void *swap(void *argument) {
    aj_instance *self = create();
    for (int i = 0; i < SWAPS; i++) give(self, (float)(3 + i % 7), aj_load_state);
    aj_dispose(self);
    return argument;
}

int main(void) {
    aj_instance *self = create();
    CHECK(call(self) == 0);
    give(self, 3, aj_load_state);
    CHECK(call(self) == 3);
    pthread_t threads[CALLERS + SWAPPERS];
    for (int i = 0; i < CALLERS + SWAPPERS; i++) {
        CHECK(pthread_create(&threads[i], NULL, i < CALLERS ? run : swap, NULL) == 0);
    }
    for (int i = 0; i < CALLERS + SWAPPERS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    give(self, 5, aj_use_weights);
    CHECK(call(self) == 5);
    give(self, 6, aj_load_state);
    CHECK(call(self) == 6);
    aj_dispose(self);
    aj_weight_set *last = CELL.current; /* lives as long as the library */
    CHECK(last != NULL);
    puts("ok");
    return 0;
}
