/* The mutable state of an instance, made, replaced and copied as a whole. */
#ifndef AJ_STATE_H
#define AJ_STATE_H

#include "instance.h"

/* `to` gets a deep copy of `from`'s state in its own words. After a failure `to` is of no use: its memory holds parts. */
int32_t aj_copy_state(const aj_instance *from, aj_instance *to);
/* The state of a new instance, in new memory. */
int32_t aj_first_state(aj_instance *self);

#endif
