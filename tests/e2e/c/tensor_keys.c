/* Dicts with tensors as keys through the functions of keys.h: a DLTensor is one tensor in a call. */
#include "keys.h"

#include "tensors.h"

static keys_instance *model;

#define OK(status) CHECK_OK(status, keys_last_error(model))

int main(void) {
    CHECK(keys_create(NULL, &model) == AOTJIT_OK);
    array *x = array_new(1, 2, 0, 0), *other = array_new(1, 2, 0, 0);
    x->data[0] = 3;
    const DLTensor *keys[] = {&x->tensor, &other->tensor};
    int64_t values[] = {5, 6};
    aotjit_dict d = {keys, values, 2};
    DLTensor again = x->tensor;
    for (int i = 0; i < 3; i++) {
        bool found;
        OK(keys_has(model, &d, &x->tensor, &found));
        CHECK(found);
        OK(keys_has(model, &d, &again, &found));
        CHECK(!found);
        DLManagedTensorVersioned *given, *next;
        aotjit_dict all, both;
        OK(keys_back(model, &d, &x->tensor, &all, &given, &next, &both));
        CHECK(all.count == 3 && both.count == 2 && ((const int64_t *)all.values)[2] == 7);
        DLManagedTensorVersioned *const *of_all = all.keys, *const *of_both = both.keys, *const *to = both.values;
        CHECK(element(&of_all[2]->dl_tensor, 0) == 4 && element(&of_both[1]->dl_tensor, 0) == 4);
        for (int k = 0; k < 3; k++) of_all[k]->deleter(of_all[k]);
        for (int k = 0; k < 2; k++) of_both[k]->deleter(of_both[k]);
        for (int k = 0; k < 2; k++) to[k]->deleter(to[k]);
        given->deleter(given);
        next->deleter(next);
        DLManagedTensorVersioned *sum;
        double weights[] = {2.0, 1.0};
        OK(keys_weighted(model, &(aotjit_dict){keys, weights, 2}, &sum));
        CHECK(element(&sum->dl_tensor, 0) == 6);
        sum->deleter(sum);
        bool one, two;
        OK(keys_same(model, &x->tensor, &x->tensor, &(aotjit_list){keys, 2}, &one, &two, &given));
        CHECK(one && two);
        given->deleter(given);
    }
    keys_destroy(model);
    array_free(x);
    array_free(other);
    puts("done");
}
