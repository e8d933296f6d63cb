/* The RNN of rnn.py, linked when the program is built.
 *
 *     aotjit compile rnn.py -o build/rnn.so
 *     cc rnn_main.c build/rnn.so -Ibuild -Wl,-rpath,'$ORIGIN' -o build/rnn_main
 */
#include <stdio.h>
#include <stdlib.h>

#include "rnn.h"

enum { STEPS = 21, BATCH = 1, INPUTS = 64, HIDDEN = 128 };

static DLTensor tensor_of(float *data, int ndim, int64_t *shape) {
    DLTensor t = {.data = data,
                  .device = {kDLCPU, 0},
                  .ndim = ndim,
                  .dtype = {kDLFloat, 32, 1},
                  .shape = shape};
    return t;
}

int main(void) {
    static float x[STEPS * BATCH * INPUTS]; /* [STEPS, BATCH, INPUTS] */
    static float h[BATCH * HIDDEN];         /* [BATCH, HIDDEN] */
    for (int i = 0; i < STEPS * BATCH * INPUTS; i++) x[i] = (float)(i % 17) / 17.0f;

    int64_t x_shape[] = {STEPS, BATCH, INPUTS}, h_shape[] = {BATCH, HIDDEN};
    DLTensor x_tensor = tensor_of(x, 3, x_shape), h_tensor = tensor_of(h, 2, h_shape);

    rnn_instance *model = NULL;
    if (rnn_create(NULL, &model) != AOTJIT_OK) {
        fprintf(stderr, "%s\n", rnn_last_error(NULL));
        return EXIT_FAILURE;
    }
    DLManagedTensorVersioned *y = NULL, *last = NULL;
    if (rnn_forward(model, &x_tensor, &h_tensor, &y, &last) != AOTJIT_OK) {
        fprintf(stderr, "%s\n", rnn_last_error(model));
        rnn_destroy(model);
        return EXIT_FAILURE;
    }
    const int64_t *shape = y->dl_tensor.shape;
    printf("y: [%lld, %lld, %lld], last hidden state starts with %.6f\n", (long long)shape[0], (long long)shape[1],
           (long long)shape[2], (double)((const float *)last->dl_tensor.data)[0]);

    /* Results are yours until you delete them, also after the instance is gone. */
    rnn_destroy(model);
    y->deleter(y);
    last->deleter(last);
    return EXIT_SUCCESS;
}
