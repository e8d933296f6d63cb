#ifndef AJ_STATE_H
#define AJ_STATE_H

#include "instance.h"

/* clone.c: `to` gets a deep copy of `from`'s state in its own words. After a failure its memory holds parts. */
int32_t aj_clone_state(const aj_instance *from, aj_instance *to);

#endif
