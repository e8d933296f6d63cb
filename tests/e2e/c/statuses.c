/* What fails at run time, as a status and a text; every instance goes on working and gives back all memory. */
#include "failing.h"

#include "tensors.h"

static long blocks, bytes_held;

static void *counted_allocate(void *context, size_t bytes, size_t alignment) {
    (void)context;
    void *block = bytes > (size_t)1 << 30 ? NULL : aligned_alloc(alignment, (bytes + alignment - 1) & ~(alignment - 1));
    if (block) {
        blocks++;
        bytes_held += (long)bytes;
    }
    return block;
}

static void counted_deallocate(void *context, void *block, size_t bytes) {
    (void)context;
    blocks--;
    bytes_held -= (long)bytes;
    free(block);
}

static failing_instance *model;

static void expect(int32_t got, int32_t wanted, const char *text) {
    const char *said = failing_last_error(model);
    if (got != wanted || !strstr(said, text)) {
        fprintf(stderr, "expected %d ...%s...\n     got %d %s\n", wanted, text, got, said);
        exit(1);
    }
    int64_t n = 0;
    CHECK(failing_divide(model, 7, 2, &n) == AOTJIT_OK && n == 3 && failing_last_error(model)[0] == 0);
}

static void once(void) {
    array *x = array_fill(array_new(2, 2, 3, 0), 1), *y = array_fill(array_new(2, 3, 2, 0), 2);
    DLManagedTensorVersioned *out;
    int64_t numbers[] = {1, 2}, n;
    aotjit_list list = {numbers, 2}, results;
    aotjit_str text = {"\xc3\xa9t\xc3\xa9", 5};
    expect(failing_list_item(model, &list, 2, &n), AOTJIT_INDEX_ERROR, "list index out of range at ");
    expect(failing_list_item(model, NULL, 2, &n), AOTJIT_TYPE_ERROR, "xs: NULL");
    expect(failing_list_item(model, &(aotjit_list){NULL, 2}, 0, &n), AOTJIT_VALUE_ERROR, "xs: ");
    expect(failing_list_item(model, &(aotjit_list){numbers, -1}, 0, &n), AOTJIT_VALUE_ERROR, "xs: ");
    expect(failing_check(model, -1, &text, &n), AOTJIT_ASSERTION_ERROR, "\xc3\xa9t\xc3\xa9: -1 is not positive at ");
    expect(failing_check(model, 100, &text, &n), AOTJIT_ASSERTION_ERROR, "failing.py:");
    expect(failing_check(model, 1, &(aotjit_str){NULL, 3}, &n), AOTJIT_VALUE_ERROR, "s: ");
    expect(failing_refuse(model, 1, &x->tensor, &results), AOTJIT_VALUE_ERROR, "wrong value: 1 at ");
    expect(failing_refuse(model, 2, &x->tensor, &results), AOTJIT_RUNTIME_ERROR, "it failed at ");
    expect(failing_refuse(model, 3, &x->tensor, &results), AOTJIT_NOT_IMPLEMENTED, "later at ");
    expect(failing_divide(model, 1, 0, &n), AOTJIT_ZERO_DIVISION, "integer division or modulo by zero at ");
    expect(failing_modulo(model, INT64_MIN, -1, &n), AOTJIT_OK, "");
    expect(failing_add(model, &x->tensor, &y->tensor, &out), AOTJIT_RUNTIME_ERROR, "size of tensor a");
    expect(failing_mm(model, &x->tensor, &x->tensor, &out), AOTJIT_RUNTIME_ERROR, "2x3 and 2x3");
    expect(failing_zeros(model, 1 << 20, 1 << 10, &out), AOTJIT_MEMORY_ERROR, "out of memory: ");
    expect(failing_hoard(model, 3, &results), AOTJIT_MEMORY_ERROR, "out of memory: ");
    expect(failing_tensor_item(model, &x->tensor, 5, &out), AOTJIT_INDEX_ERROR, "index 5 is out of bounds");
    expect(failing_present(model, NULL, &out), AOTJIT_ASSERTION_ERROR, "x is needed at ");
    expect(failing_outer(model, &x->tensor, 0, &out), AOTJIT_INDEX_ERROR, "list index out of range at ");
    CHECK(failing_refuse(model, 0, &x->tensor, &results) == AOTJIT_OK && results.count == 2);
    for (int i = 0; i < 2; i++) {
        out = ((DLManagedTensorVersioned *const *)results.data)[i];
        out->deleter(out);
    }
    array_free(x);
    array_free(y);
}

int main(void) {
    aotjit_options options = {.size = sizeof options, .allocate = counted_allocate, .deallocate = counted_deallocate};
    CHECK(failing_create(&options, &model) == AOTJIT_OK);
    for (int i = 0; i < 3; i++) once();
    long warm = blocks;
    for (int i = 0; i < 300; i++) once();
    CHECK(blocks == warm); /* what a failing call leaks would need a new block in the end */
    failing_destroy(model);
    CHECK(blocks == 0 && bytes_held == 0);
    puts("ok");
    return 0;
}
