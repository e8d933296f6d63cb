/* Wrong arguments give a status and a text, and the instance goes on working; strided and offset tensors are read. */
#include "foo.h"
#include "linear.h"
#include "static_foo.h"

#include "tensors.h"

static foo_instance *foo;

static int32_t call(const DLTensor *x, const DLTensor *y) {
    DLManagedTensorVersioned *out = NULL;
    int32_t status = foo_foo(foo, x, y, &out);
    CHECK((status == AOTJIT_OK) == (out != NULL));
    CHECK((status == AOTJIT_OK) == (foo_last_error(foo)[0] == 0));
    if (out) out->deleter(out);
    return status;
}

static void expect(const DLTensor *x, int32_t status, const char *message) {
    float numbers[] = {1, 2, 3};
    int64_t shape[] = {3};
    DLTensor good = {numbers, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape, NULL, 0};
    int32_t got = call(&good, x);
    if (got != status || strcmp(foo_last_error(foo), message) != 0) {
        fprintf(stderr, "expected %d %s\n     got %d %s\n", status, message, got, foo_last_error(foo));
        exit(1);
    }
    CHECK(call(&good, &good) == AOTJIT_OK);
}

static void wrong_tensors(void) {
    float numbers[] = {1, 2, 3};
    int64_t shape[] = {3}, negative[] = {-3};
    DLTensor good = {numbers, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape, NULL, 0}, wrong;
    expect(NULL, AOTJIT_TYPE_ERROR, "y: expected a tensor, got NULL");
    wrong = good;
    wrong.dtype.bits = 64;
    expect(&wrong, AOTJIT_TYPE_ERROR, "y: expected float32, got float64 (--input y=f64[...] compiles it for that)");
    wrong.dtype.bits = 31;
    expect(&wrong, AOTJIT_TYPE_ERROR, "y: unsupported element type (DLPack code 2, 31 bits, 1 lanes)");
    wrong.dtype = good.dtype;
    wrong.dtype.lanes = 4;
    expect(&wrong, AOTJIT_TYPE_ERROR, "y: unsupported element type (DLPack code 2, 32 bits, 4 lanes)");
    wrong = good;
    wrong.device.device_type = kDLCUDA;
    expect(&wrong, AOTJIT_TYPE_ERROR, "y: expected a tensor in CPU memory, got device type 2");
    wrong = good;
    wrong.ndim = 17;
    expect(&wrong, AOTJIT_TYPE_ERROR, "y: at most 16 dimensions are supported, got 17");
    wrong.ndim = -1;
    expect(&wrong, AOTJIT_TYPE_ERROR, "y: at most 16 dimensions are supported, got -1");
    wrong = good;
    wrong.shape = NULL;
    expect(&wrong, AOTJIT_VALUE_ERROR, "y: the tensor has no shape");
    wrong.shape = negative;
    expect(&wrong, AOTJIT_VALUE_ERROR, "y: dimension 0 is -3");
    wrong = good;
    wrong.data = NULL;
    expect(&wrong, AOTJIT_VALUE_ERROR, "y: the tensor has no memory");
    shape[0] = 2;
    float others[] = {1, 2, 3};
    DLTensor longer = {others, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, &(int64_t){3}, NULL, 0};
    CHECK(call(&longer, &good) == AOTJIT_RUNTIME_ERROR);
    CHECK(strstr(foo_last_error(foo), "size of tensor a (3) must match the size of tensor b (2)"));
    CHECK(strstr(foo_last_error(foo), "foo.py:5:12 in foo"));
}

static void null_handles(void) {
    DLTensor scalar = {&(float){1}, {kDLCPU, 0}, 0, {kDLFloat, 32, 1}, NULL, NULL, 0};
    DLManagedTensorVersioned *out = NULL;
    CHECK(foo_foo(NULL, &scalar, &scalar, &out) == AOTJIT_VALUE_ERROR && !out);
    CHECK(foo_foo(foo, &scalar, &scalar, NULL) == AOTJIT_VALUE_ERROR);
    CHECK(strcmp(foo_last_error(foo), "out0: NULL") == 0);
    CHECK(foo_last_error(NULL)[0]);
    CHECK(foo_create(NULL, NULL) == AOTJIT_VALUE_ERROR);
    foo_destroy(NULL);
    CHECK(foo_foo(foo, &scalar, &scalar, &out) == AOTJIT_OK && *(float *)out->dl_tensor.data == 2);
    out->deleter(out);
    aotjit_options half = {.size = sizeof half, .print = NULL};
    half.deallocate = (void (*)(void *, void *, size_t))(void *)free; /* without allocate */
    foo_instance *none = foo;
    CHECK(foo_create(&half, &none) == AOTJIT_VALUE_ERROR && !none);
    half = (aotjit_options){.size = 0};
    CHECK(foo_create(&half, &none) == AOTJIT_OK);
    foo_destroy(none);
    CHECK(foo_version()[0] == '0' && foo_manifest()[0] == '{');
}

static void strides_and_offsets(void) {
    float numbers[24];
    for (int i = 0; i < 24; i++) numbers[i] = (float)i;
    int64_t shape[] = {3, 2}, strides[] = {-8, 3}, one[] = {1}, zero[] = {0};
    DLTensor x = {numbers, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape, strides, 17 * sizeof(float)};
    DLTensor y = {numbers, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, one, zero, 5 * sizeof(float)};
    DLManagedTensorVersioned *out;
    CHECK(foo_foo(foo, &x, &y, &out) == AOTJIT_OK);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 2; k++) CHECK(element(&out->dl_tensor, 2 * i + k) == (float)(17 - 8 * i + 3 * k + 5));
    }
    out->deleter(out);
    int64_t empty_shape[] = {0, 2};
    DLTensor empty = {NULL, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, empty_shape, NULL, 0};
    CHECK(foo_foo(foo, &empty, &y, &out) == AOTJIT_OK && out->dl_tensor.shape[0] == 0 && out->dl_tensor.shape[1] == 2);
    out->deleter(out);

    linear_instance *linear;
    CHECK(linear_create(NULL, &linear) == AOTJIT_OK);
    array *a = array_fill(array_new(2, 5, 8, 0), 1), *transposed = array_new(2, 8, 5, 0);
    for (int i = 0; i < 40; i++) transposed->data[i % 8 * 5 + i / 8] = a->data[i];
    int64_t rows_last[] = {1, 5}, as_given[] = {5, 8};
    transposed->tensor.shape = as_given;
    transposed->tensor.strides = rows_last;
    DLManagedTensorVersioned *first, *second;
    CHECK(linear_forward(linear, &a->tensor, &first) == AOTJIT_OK);
    CHECK(linear_forward(linear, &transposed->tensor, &second) == AOTJIT_OK);
    for (int i = 0; i < 15; i++) {
        float difference = element(&first->dl_tensor, i) - element(&second->dl_tensor, i);
        CHECK(difference < 1e-6f && difference > -1e-6f);
    }
    first->deleter(first);
    second->deleter(second);
    linear_destroy(linear);
    array_free(a);
    array_free(transposed);
}

static void raw_form(void) {
    static_foo_instance *model;
    CHECK(static_foo_create(NULL, &model) == AOTJIT_OK);
    float x[] = {1, 2, 3, 4, 5, 6}, y[] = {10, 20, 30}, out[7] = {0};
    CHECK(static_foo_foo_raw(model, x, y, out) == AOTJIT_OK);
    CHECK(out[0] == 11 && out[2] == 33 && out[3] == 14 && out[5] == 36 && out[6] == 0);
    CHECK(static_foo_foo_raw(model, x, NULL, out) == AOTJIT_VALUE_ERROR);
    CHECK(strcmp(static_foo_last_error(model), "y: the tensor has no memory") == 0);
    CHECK(static_foo_foo_raw(model, x, y, NULL) == AOTJIT_VALUE_ERROR);
    CHECK(static_foo_foo_raw(NULL, x, y, out) == AOTJIT_VALUE_ERROR);
    CHECK(static_foo_foo_raw(model, x, y, x) == AOTJIT_OK && x[5] == 36); /* in place */
    int64_t shape[] = {2, 4};
    DLTensor wrong = {x, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape, NULL, 0}, row = {y, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, &(int64_t){3}, NULL, 0};
    DLManagedTensorVersioned *result = NULL;
    CHECK(static_foo_foo(model, &wrong, &row, &result) == AOTJIT_VALUE_ERROR && !result);
    CHECK(strcmp(static_foo_last_error(model), "x: dimension 1 is 4, expected 3") == 0);
    wrong.ndim = 1;
    CHECK(static_foo_foo(model, &wrong, &row, &result) == AOTJIT_TYPE_ERROR);
    CHECK(strcmp(static_foo_last_error(model), "x: expected 2 dimensions, got 1") == 0);
    static_foo_destroy(model);
}

int main(void) {
    CHECK(foo_create(NULL, &foo) == AOTJIT_OK);
    wrong_tensors();
    null_handles();
    strides_and_offsets();
    raw_form();
    foo_destroy(foo);
    puts("ok");
    return 0;
}
