/* Serial for now behind the final interface; see pool_threads below. */
#include "pool.h"

#include "instance.h"
#include "operators.h"

void aj_pool_acquire(int32_t threads) { (void)threads; }

void aj_pool_release(void) {}

void aj_parallel_for(aj_instance *self, int64_t count, int64_t grain,
                     void (*body)(void *argument, int64_t begin, int64_t end), void *argument) {
    if (self->options.parallel_for && count > grain) {
        self->options.parallel_for(self->options.context, count, grain, body, argument);
        return;
    }
    if (count > 0) body(argument, 0, count);
}
