/* The thread pool: one per library, shared by its instances; threads start with the first parallel loop that needs
 * them and end with the last instance that may use them. */
#ifndef AJ_POOL_H
#define AJ_POOL_H

#include <stdint.h>

void aj_pool_acquire(int32_t threads); /* an instance that uses up to `threads` threads exists */
void aj_pool_release(void);            /* ... no longer */

#endif
