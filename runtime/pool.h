/* The thread pool: one per library, shared by its instances; threads start with the first parallel loop that needs
 * them and end with the last instance that may use them. */
#ifndef AJ_POOL_H
#define AJ_POOL_H

void aj_pool_acquire(void); /* an instance that uses several threads exists */
void aj_pool_release(void); /* ... no longer */

#endif
