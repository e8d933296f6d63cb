/* The six programs of examples/ in one process. Inputs come from standard input, results go to the file argv[1]; all
 * are float32, in the order of main. */
#include "chain.h"
#include "collatz.h"
#include "foo.h"
#include "gate.h"
#include "linear.h"
#include "rnn.h"

#include "tensors.h"

static void silent(void *context, const char *text, size_t bytes) {
    *(size_t *)context += bytes;
    (void)text;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    FILE *file = fopen(argv[1], "wb");
    CHECK(file);
    DLManagedTensorVersioned *out, *second;

    foo_instance *foo;
    CHECK(foo_create(NULL, &foo) == AOTJIT_OK);
    array *x = array_read(array_new(3, 2, 1, 5)), *y = array_read(array_new(2, 3, 1, 0));
    CHECK_OK(foo_foo(foo, &x->tensor, &y->tensor, &out), foo_last_error(foo));
    CHECK(out->dl_tensor.ndim == 3 && out->dl_tensor.shape[1] == 3 && out->dl_tensor.shape[2] == 5);
    CHECK(out->version.major == 1 && out->flags == 0);
    foo_destroy(foo); /* the result stays */
    write_and_delete(out, file);
    array_free(x);
    array_free(y);

    linear_instance *linear;
    CHECK(linear_create(NULL, &linear) == AOTJIT_OK);
    x = array_read(array_new(2, 7, 8, 0));
    CHECK_OK(linear_forward(linear, &x->tensor, &out), linear_last_error(linear));
    write_and_delete(out, file);
    linear_destroy(linear);
    array_free(x);

    gate_instance *gate;
    CHECK(gate_create(NULL, &gate) == AOTJIT_OK);
    x = array_read(array_new(2, 3, 4, 0));
    y = array_read(array_new(2, 3, 4, 0));
    CHECK_OK(gate_forward(gate, &x->tensor, &y->tensor, &out, &second), gate_last_error(gate));
    write_and_delete(out, file);
    write_and_delete(second, file);
    gate_destroy(gate);
    array_free(x);
    array_free(y);

    size_t printed = 0;
    aotjit_options options = {.size = sizeof options, .context = &printed, .print = silent};
    rnn_instance *rnn;
    CHECK(rnn_create(&options, &rnn) == AOTJIT_OK);
    x = array_read(array_new(3, 21, 2, 64));
    y = array_read(array_new(2, 2, 128, 0));
    CHECK_OK(rnn_forward(rnn, &x->tensor, &y->tensor, &out, &second), rnn_last_error(rnn));
    CHECK(printed > 0);
    write_and_delete(out, file);
    write_and_delete(second, file);
    rnn_destroy(rnn);
    array_free(x);
    array_free(y);

    chain_instance *chain;
    CHECK(chain_create(NULL, &chain) == AOTJIT_OK);
    x = array_read(array_new(2, 40, 50, 0));
    y = array_read(array_new(1, 50, 0, 0));
    CHECK_OK(chain_chain(chain, &x->tensor, &y->tensor, &out), chain_last_error(chain));
    write_and_delete(out, file);
    chain_destroy(chain);
    array_free(x);
    array_free(y);

    collatz_instance *collatz;
    int64_t start, length;
    CHECK(collatz_create(NULL, &collatz) == AOTJIT_OK);
    CHECK_OK(collatz_longest_chain(collatz, 1000, &start, &length), collatz_last_error(collatz));
    collatz_destroy(collatz);
    float both[] = {(float)start, (float)length};
    CHECK(fwrite(both, sizeof both, 1, file) == 1 && fclose(file) == 0);
    return 0;
}
