/* The weights that a model's instances read. All instances share one set; another one takes its place at once, and each
 * instance goes over to it at its next call, so that a call sees one set from beginning to end. */
#ifndef AJ_WEIGHTS_H
#define AJ_WEIGHTS_H

#include "instance.h"

/* Where an instance looks for its set before its first call, when the library holds none. */
extern const char aj_no_weights;

enum { AJ_REPLACE_BORROW = 1 /* read row-major tensors where they are: their memory outlives every instance */ };

/* Gives the instance its first set where the library has it. */
void aj_weights_begin(aj_instance *self);
/* Goes over to the model's present set. Only between calls. */
int32_t aj_weights_adopt(aj_instance *self);
void aj_weights_end(aj_instance *self);
void aj_weights_share(const aj_instance *from, aj_instance *to);

/* Is the instance at the model's present set? */
static inline bool aj_weights_current(const aj_instance *self) {
    return __builtin_expect(__atomic_load_n(&self->model->cell->current, __ATOMIC_ACQUIRE) == self->weight_set, 1);
}

/* Has the instance had a set? */
static inline bool aj_weights_known(const aj_instance *self) {
    return self->weight_set != (const void *)&aj_no_weights;
}

/* weights_file.c: the content of the file at `path`, NULL for the one beside the library. */
int32_t aj_map_weights(aj_instance *self, const char *path, const char **out);

/* A new set: the present one with what is made of `tensors`, which `names` name as the program does. */
int32_t aj_replace_weights(aj_instance *self, const char *const *names, const aj_tensor *tensors, int64_t count,
                           uint32_t flags);

#endif
