/* Tensors of programs that ask which tensor is which, from C: a DLTensor is one tensor in all arguments of a call. */
#include "c_value.h"
#include "dict.h"
#include "operators.h"

/* The tensors that this call was given, by the addresses of the caller's: what the instance keeps first of a call. */
static int32_t given_tensors(aj_instance *self, aj_dict **out) {
    aj_object *first = self->kept && self->kept->length ? (aj_object *)aj_word_pointer(self->kept->data[0]) : NULL;
    *out = (aj_dict *)first;
    if (first) return AJ_OK;
    int32_t status = aj_dict_new(self, 1, 1, 'i', 0, out);
    return status ? status : aj_keep(self, &(*out)->head);
}

int32_t aj_from_c_tensor(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    const DLTensor *in = *(const DLTensor *const *)memory;
    aj_word address = (aj_word)(uintptr_t)in;
    aj_dict *given = NULL;
    (void)code;
    int32_t status = given_tensors(self, &given);
    if (status) return status;
    const aj_word *known = in ? aj_dict_find(given, &address) : NULL;
    if (known) {
        aj_retain((aj_object *)aj_word_pointer(*known));
        *out = *known;
        return AJ_OK;
    }
    status = aj_import_c_tensor(self, name, in, out);
    if (status) return status;
    status = aj_dict_set(self, given, &address, out);
    if (status) aj_release(self, (aj_object *)aj_word_pointer(*out));
    return status;
}
