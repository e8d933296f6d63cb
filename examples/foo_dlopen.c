/* foo of foo.py, found when the program runs: for plugins, and for programs that choose among models.
 *
 *     aotjit compile foo.py -o build/foo.so
 *     cc foo_dlopen.c -Ibuild -ldl -o build/foo_dlopen && build/foo_dlopen build/foo.so
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "foo.h"

typedef int32_t create_function(const aotjit_options *options, foo_instance **out);
typedef void destroy_function(foo_instance *self);
typedef const char *error_function(const foo_instance *self);
typedef int32_t foo_function(foo_instance *self, const DLTensor *x, const DLTensor *y, DLManagedTensorVersioned **out);

/* The symbol as a function pointer; ends the program when it is missing. */
static void *find(void *library, const char *name) {
    void *symbol = dlsym(library, name);
    if (!symbol) {
        fprintf(stderr, "%s\n", dlerror());
        exit(EXIT_FAILURE);
    }
    return symbol;
}

int main(int argc, char **argv) {
    void *library = dlopen(argc > 1 ? argv[1] : "./foo.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return EXIT_FAILURE;
    }
    create_function *create = (create_function *)find(library, "foo_create");
    destroy_function *destroy = (destroy_function *)find(library, "foo_destroy");
    error_function *last_error = (error_function *)find(library, "foo_last_error");
    foo_function *foo = (foo_function *)find(library, "foo_foo");

    float x[] = {1, 2, 3, 4, 5, 6}, y[] = {10, 20, 30}; /* [2, 3] and [3] */
    int64_t x_shape[] = {2, 3}, y_shape[] = {3};
    DLDataType float32 = {kDLFloat, 32, 1};
    DLTensor a = {.data = x, .device = {kDLCPU, 0}, .ndim = 2, .dtype = float32, .shape = x_shape};
    DLTensor b = {.data = y, .device = {kDLCPU, 0}, .ndim = 1, .dtype = float32, .shape = y_shape};

    foo_instance *instance = NULL;
    DLManagedTensorVersioned *sum = NULL;
    if (create(NULL, &instance) != AOTJIT_OK || foo(instance, &a, &b, &sum) != AOTJIT_OK) {
        fprintf(stderr, "%s\n", last_error(instance));
        return EXIT_FAILURE;
    }
    for (int i = 0; i < 6; i++) printf("%g%c", (double)((const float *)sum->dl_tensor.data)[i], i % 3 == 2 ? '\n' : ' ');
    sum->deleter(sum);
    destroy(instance);
    return EXIT_SUCCESS;
}
