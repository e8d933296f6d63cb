/* Instances of classes, boxes and members of Enums that come from outside a program or go there. */
#ifndef AJ_CROSSING_H
#define AJ_CROSSING_H

#include "instance.h"
#include "value.h"

/* Instances inside instances deeper than this do not cross: a cycle would have no end. */
enum { AJ_MOST_NESTED = 1000 };

/* The class whose name is in the braces of `code`, "C{__torch__.Point}"; NULL: no such instance crosses. */
const aj_class *aj_crossing_class(const aj_instance *self, const char *code);
/* Alternative `number` of the boxed type at `code`, as its C form numbers them: a box's type, or NULL for None.
 * "U{None|int|str}" has those in its text; of Any, 0 is None and the others are the model's types of boxes in order.
 * False: there are fewer. */
bool aj_alternative(const aj_instance *self, const char *code, int32_t number, const aj_class **out);
/* How many members the Enum at `code` has. */
int64_t aj_enum_count(const char *code);
/* Tensors in instances and boxes have the element types that the program is compiled for: `dtypes` has one for each T in
 * `code`, -1 where any will do. */
int32_t aj_check_inside(aj_instance *self, const char *name, const char *code, const int32_t *dtypes,
                        const aj_word *words);
/* What else is demanded of them. */
extern const aj_tensor_spec aj_inside_spec;

int32_t aj_fail_nested(aj_instance *self, const char *name);

#endif
