/* After the first calls of an instance, a call takes no memory from the system: malloc and its kin are counted here. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>

#include "chain.h"
#include "rnn.h"

#include "tensors.h"

static long taken;

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *block, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes) {
    taken++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    taken++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *block, size_t bytes) {
    taken++;
    return __libc_realloc(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    taken++;
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes) {
    taken++;
    *out = __libc_memalign(alignment, bytes);
    return *out ? 0 : ENOMEM;
}

static void silent(void *context, const char *text, size_t bytes) {
    (void)context;
    (void)text;
    (void)bytes;
}

int main(void) {
    aotjit_options options = {.size = sizeof options, .print = silent};
    chain_instance *chain;
    rnn_instance *rnn;
    CHECK(chain_create(&options, &chain) == AOTJIT_OK && rnn_create(&options, &rnn) == AOTJIT_OK);
    array *x = array_fill(array_new(2, 100, 70, 0), 1), *y = array_fill(array_new(1, 70, 0, 0), 2);
    array *steps = array_fill(array_new(3, 25, 2, 64), 3), *h = array_fill(array_new(2, 2, 128, 0), 4);
    long before = 0, created = taken;
    CHECK(created >= 2); /* the counting works */
    DLManagedTensorVersioned *out, *last;
    for (int i = 0; i < 20; i++) {
        if (i == 1) before = taken;
        CHECK_OK(chain_chain(chain, &x->tensor, &y->tensor, &out), chain_last_error(chain));
        out->deleter(out);
        CHECK_OK(rnn_forward(rnn, &steps->tensor, &h->tensor, &out, &last), rnn_last_error(rnn));
        out->deleter(out);
        last->deleter(last);
        CHECK(chain_chain(chain, &x->tensor, &steps->tensor, &out) != AOTJIT_OK); /* failing takes none either */
        CHECK(rnn_forward(rnn, &steps->tensor, &y->tensor, &out, &last) != AOTJIT_OK);
    }
    printf("%ld\n", taken - before);
    chain_destroy(chain);
    rnn_destroy(rnn);
    return 0;
}
