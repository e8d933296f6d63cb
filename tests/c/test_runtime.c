/* The runtime under sanitizers: containers, copies, ownership, exports and the C call, on hand_functions.c. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "dlpack_export.h"
#include "hand_model.h"
#include "value.h"

extern const aj_model hand_functions__model;

#define CHECK(condition)                                                                                           \
    do {                                                                                                           \
        if (!(condition)) {                                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                        \
            exit(1);                                                                                               \
        }                                                                                                          \
    } while (0)

enum { ADD, EVERYTHING, IDENTITY, FAILS, STATIC_ADD, SYMBOL, TENSORS, BIG };

static int64_t live_blocks, live_bytes;

static void *counted_allocate(void *context, size_t bytes, size_t alignment) {
    (void)context;
    live_blocks++;
    live_bytes += (int64_t)bytes;
    return aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

static void counted_deallocate(void *context, void *block, size_t bytes) {
    (void)context;
    live_blocks--;
    live_bytes -= (int64_t)bytes;
    free(block);
}

static aj_instance *create(void) {
    aotjit_options options = {.size = sizeof options, .allocate = counted_allocate, .deallocate = counted_deallocate};
    aj_instance *self = NULL;
    CHECK(aj_create(&hand_functions__model, &options, &self) == AJ_OK);
    return self;
}

static void test_size_classes(void) {
    for (size_t bytes = 1; bytes < 100000; bytes++) {
        uint32_t c = aj_size_class(bytes);
        CHECK(aj_class_bytes(c) >= bytes && (c == 0 || aj_class_bytes(c - 1) < bytes));
    }
    for (int e = 20; e < 47; e++) {
        size_t bytes = (size_t)1 << e;
        CHECK(aj_class_bytes(aj_size_class(bytes)) == bytes);
        CHECK(aj_class_bytes(aj_size_class(bytes + 1)) > bytes && aj_size_class(bytes + 1) < AJ_SIZE_CLASSES);
    }
}

static void test_lists(aj_instance *self) {
    aj_list *list = NULL, *other = NULL;
    aj_str *text = NULL;
    aj_word word;
    CHECK(aj_list_new(self, 1, 1, 0, &list) == AJ_OK);
    for (int i = 0; i < 1000; i++) {
        CHECK(aj_str_new(self, "text", 4, &text) == AJ_OK);
        word = AS_WORD(text);
        CHECK(aj_list_append(self, list, &word) == AJ_OK);
        aj_release(self, &text->head);
    }
    CHECK(aj_list_extend(self, list, list) == AJ_OK && list->length == 2000);
    CHECK(aj_list_slice(self, list, true, -5, false, 0, 1, &other) == AJ_OK && other->length == 5);
    CHECK(aj_list_set(self, other, 0, &other->data[1]) == AJ_OK);
    CHECK(aj_list_insert(self, other, 2, &list->data[0]) == AJ_OK && other->length == 6);
    CHECK(aj_list_pop(self, other, -1, &word) == AJ_OK);
    aj_release(self, AS_POINTER(aj_object, word));
    CHECK(aj_list_delete(self, other, 0) == AJ_OK && other->length == 4);
    CHECK(aj_list_pop(self, other, 4, &word) == AJ_INDEX_ERROR);
    CHECK(strstr(aj_last_error(self), "list index out of range"));
    CHECK(aj_list_clear(self, list) == AJ_OK && list->length == 0);
    aj_release(self, &other->head);
    CHECK(aj_list_concat(self, list, list, &other) == AJ_OK && other->length == 0);
    aj_release(self, &other->head);
    aj_release(self, &list->head);

    CHECK(aj_list_range(self, 10, 0, -3, &list) == AJ_OK && list->length == 4 && (int64_t)list->data[3] == 1);
    CHECK(aj_list_sort(self, list, false, "i") == AJ_OK && list->data[0] == 1 && list->data[3] == 10);
    CHECK(aj_list_sort(self, list, true, "i") == AJ_OK && list->data[0] == 10);
    CHECK(aj_list_repeat(self, list, 3, &other) == AJ_OK && other->length == 12 && other->data[11] == 1);
    aj_release(self, &other->head);
    aj_release(self, &list->head);
    CHECK(aj_list_repeat(self, &(aj_list){.width = 1, .length = INT64_MAX / 2}, 8, &other) == AJ_MEMORY_ERROR);
}

static void test_copied_values(aj_instance *self) {
    float numbers[] = {1, 2, 3};
    aj_tensor borrowed = {.head = {-1, AJ_TENSOR, 0}, .dtype = AJ_F32, .ndim = 1, .data = numbers, .numel = 3,
                          .sizes = {3}, .strides = {1}};
    aj_str literal = {.head = {-1, AJ_STR, 0}, .bytes = 2, .chars = 2, .text = "ab"};
    aj_list *list = NULL;
    aj_word word = AS_WORD(&borrowed), pair[4] = {7, AS_WORD(&borrowed), AS_WORD(&literal), 0}, copy[4];
    CHECK(aj_list_new(self, 1, 1, 1, &list) == AJ_OK && aj_list_append(self, list, &word) == AJ_OK);
    pair[3] = AS_WORD(list);
    CHECK(aj_code_words("(iTsLT)") == 4 && aj_code_references("(iTsLT)") == 14);
    CHECK(aj_code_references("(iOTOi(bOs))") == 34 && aj_code_words("(iOTOi(bOs))") == 6);
    CHECK(aj_own(self, "(iTsLT)", pair, copy) == AJ_OK);
    CHECK(copy[0] == 7 && copy[1] != pair[1] && copy[2] != pair[2] && copy[3] != pair[3]);
    aj_word again[4];
    CHECK(aj_own(self, "(iTsLT)", copy, again) == AJ_OK && again[1] == copy[1] && again[2] == copy[2]);
    aj_release_value(self, "(iTsLT)", again);
    CHECK(aj_copy_value(self, "(iTsLT)", copy, again) == AJ_OK && again[1] != copy[1]);
    aj_release_value(self, "(iTsLT)", again);
    aj_release_value(self, "(iTsLT)", copy);
    aj_release(self, &list->head);
    aj_tensor *view = NULL;
    CHECK(aj_view_select(self, &borrowed, 0, 1, &view) == AJ_OK && *(float *)view->data == 2);
    aj_release(self, &view->head);
}

static DLTensor tensor_of(float *data, int ndim, int64_t *shape) {
    return (DLTensor){.data = data, .device = {kDLCPU, 0}, .ndim = ndim, .dtype = {kDLFloat, 32, 1}, .shape = shape};
}

static void *delete_elsewhere(void *managed) {
    ((DLManagedTensorVersioned *)managed)->deleter((DLManagedTensorVersioned *)managed);
    return NULL;
}

static void test_c_calls(aj_instance *self) {
    float x[] = {1, 2, 3, 4, 5, 6};
    int64_t shape[] = {2, 3};
    DLTensor a = tensor_of(x, 2, shape);
    const DLTensor *pa = &a;
    DLManagedTensorVersioned *out = NULL;
    int64_t warm = 0;
    for (int i = 0; i < 50; i++) {
        CHECK(aj_call_c(self, ADD, (const void *[]){&pa, &pa}, (void *[]){&out}) == AJ_OK);
        CHECK(((float *)out->dl_tensor.data)[5] == 12 && out->dl_tensor.shape[1] == 3 &&
              out->dl_tensor.strides[0] == 3);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, delete_elsewhere, out) == 0);
        pthread_join(thread, NULL);
        if (i == 2) warm = aj_arena_allocations(self);
    }
    CHECK(aj_arena_allocations(self) == warm);
    float y[6] = {0};
    const float *px = x;
    CHECK(aj_call_raw(self, STATIC_ADD, (const void *[]){&px, &px}, (void *[]){y}) == AJ_OK && y[5] == 12);
    CHECK(aj_call_c(self, IDENTITY, (const void *[]){&pa}, (void *[]){&out}) == AJ_OK && out->dl_tensor.data != x);
    out->deleter(out);

    const DLTensor *tensors[] = {pa, pa, pa};
    aotjit_list list = {tensors, 3}, *plist = &list, result;
    CHECK(aj_call_c(self, TENSORS, (const void *[]){&plist}, (void *[]){&result}) == AJ_OK && result.count == 3);
    for (int i = 0; i < 3; i++) {
        out = ((DLManagedTensorVersioned *const *)result.data)[i];
        CHECK(((float *)out->dl_tensor.data)[1] == 2);
        out->deleter(out);
    }
    DLTensor wrong = a;
    wrong.dtype.bits = 64;
    pa = &wrong;
    CHECK(aj_call_c(self, IDENTITY, (const void *[]){&pa}, (void *[]){&out}) == AJ_TYPE_ERROR);
    const char *text = "x: expected float32, got float64 (--input x=f64[...] compiles it for that)";
    CHECK(strcmp(aj_last_error(self), text) == 0);
    wrong = a;
    wrong.device.device_type = kDLCUDA;
    CHECK(aj_call_c(self, IDENTITY, (const void *[]){&pa}, (void *[]){&out}) == AJ_TYPE_ERROR);
    pa = NULL;
    CHECK(aj_call_c(self, IDENTITY, (const void *[]){&pa}, (void *[]){&out}) == AJ_TYPE_ERROR);
}

typedef struct pair_form {
    int64_t number;
    const DLTensor *tensor;
} pair_form;

typedef struct pair_result {
    int64_t number;
    DLManagedTensorVersioned *tensor;
} pair_result;

static void test_every_c_form(aj_instance *self) {
    float x[] = {1, 2};
    int64_t shape[] = {2}, numbers[] = {4, 5}, optional = 9, n = 1, m = 2, n_out;
    DLTensor a = tensor_of(x, 1, shape);
    double f = 1.5, f_out;
    bool b = true, b_out;
    aotjit_str s = {"text", 4}, *ps = &s, s_out;
    aotjit_list l = {numbers, 2}, *pl = &l, l_out;
    pair_form pair = {3, &a}, *pp = &pair;
    pair_result pair_out;
    const int64_t *po = &optional, *o_out;
    const DLTensor *z = &a;
    DLManagedTensorVersioned *z_out;
    const void *in[] = {&n, &f, &b, &ps, &po, &pl, &pp, &m, &z};
    void *out[] = {&n_out, &f_out, &b_out, &s_out, &o_out, &l_out, &pair_out, &z_out};
    for (int i = 0; i < 3; i++) {
        CHECK(aj_call_c(self, EVERYTHING, in, out) == AJ_OK);
        CHECK(n_out == 3 && f_out == 3 && !b_out && strcmp(s_out.text, "text") == 0 && *o_out == 9);
        CHECK(l_out.count == 2 && ((const int64_t *)l_out.data)[1] == 5 && pair_out.number == 3);
        CHECK(((float *)pair_out.tensor->dl_tensor.data)[1] == 2 && ((float *)z_out->dl_tensor.data)[0] == 1);
        pair_out.tensor->deleter(pair_out.tensor);
        z_out->deleter(z_out);
    }
    po = NULL;
    z = NULL;
    CHECK(aj_call_c(self, EVERYTHING, in, out) == AJ_OK && !o_out && !z_out);
    pair_out.tensor->deleter(pair_out.tensor);
    a.dtype.bits = 16;
    CHECK(aj_call_c(self, EVERYTHING, in, out) == AJ_TYPE_ERROR);
    CHECK(strcmp(aj_last_error(self), "t: expected float32, got float16") == 0);
}

static void test_results_outlive_the_instance(void) {
    int64_t n = 100000;
    DLManagedTensorVersioned *out[2];
    aj_instance *self = create();
    for (int i = 0; i < 2; i++) CHECK(aj_call_c(self, BIG, (const void *[]){&n}, (void *[]){&out[i]}) == AJ_OK);
    aj_dispose(self);
    CHECK(live_blocks > 0 && ((float *)out[1]->dl_tensor.data)[99999] == 99999);
    out[0]->deleter(out[0]);
    out[1]->deleter(out[1]);
    CHECK(live_blocks == 0 && live_bytes == 0);
}

static void add_range(void *argument, int64_t begin, int64_t end) {
    int64_t sum = 0;
    for (int64_t i = begin; i < end; i++) sum += i;
    __atomic_add_fetch((int64_t *)argument, sum, __ATOMIC_RELAXED);
}

static void test_parallel_for(void) {
    aotjit_options options = {.size = sizeof options, .threads = 4};
    aj_instance *one = NULL, *two = NULL;
    CHECK(aj_create(&hand_functions__model, &options, &one) == AJ_OK);
    CHECK(aj_create(&hand_functions__model, &options, &two) == AJ_OK);
    for (int64_t n = 0; n < 3000; n += 7) {
        int64_t sum = 0;
        aj_parallel_for(n % 2 ? one : two, n, 64, add_range, &sum);
        CHECK(sum == n * (n - 1) / 2);
    }
    aj_dispose(one);
    int64_t sum = 0;
    aj_parallel_for(two, 1000, 10, add_range, &sum);
    CHECK(sum == 499500);
    aj_dispose(two);
}

int main(void) {
    test_size_classes();
    aj_instance *self = create();
    test_lists(self);
    test_copied_values(self);
    test_c_calls(self);
    test_every_c_form(self);
    aj_dispose(self);
    CHECK(live_blocks == 0 && live_bytes == 0);
    test_results_outlive_the_instance();
    test_parallel_for();
    puts("ok");
    return 0;
}
