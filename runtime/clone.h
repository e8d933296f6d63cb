/* Copies of values with everything reached from them, in the memory of another instance. What is one object in the
 * original is one object in the copy; tensors that share memory share it there too. */
#ifndef AJ_CLONE_H
#define AJ_CLONE_H

#include "dict.h"
#include "instance.h"

enum aj_clone_mode {
    AJ_CLONE_WHOLE, /* nothing is shared but literals                                                           */
    AJ_CLONE_LEND,  /* the elements of tensors stay where they are; each original is retained (aj_cloner_end)   */
    AJ_CLONE_TAKE,  /* immortal objects are shared, and what was lent is given back as it was (aj_cloner_back)  */
};

/* `made`: address of an object of the original -> address of its copy, in the order in which they were met. Records are
 * filled in that order, so that a long chain of them takes no stack. The table holds a reference to each copied storage,
 * and to each tensor in the place of one. */
typedef struct aj_cloner {
    aj_instance *from, *to;
    enum aj_clone_mode mode;
    aj_dict *made; /* in the memory of `to` */
    int64_t known; /* the first entries, which were made by another one */
} aj_cloner;

int32_t aj_cloner_begin(aj_cloner *c, enum aj_clone_mode mode, aj_instance *from, aj_instance *to);
/* The way back: what `lent` copied is the copy of its copy. */
int32_t aj_cloner_back(aj_cloner *c, const aj_cloner *lent);
/* `code` describes the words of `value`. After a failure the memory of `to` holds parts. */
int32_t aj_cloner_copy(aj_cloner *c, const char *code, const aj_word *value, aj_word *out);
void aj_cloner_end(aj_cloner *c); /* the copies stay */

#endif
