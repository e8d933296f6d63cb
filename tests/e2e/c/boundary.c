/* Instances, values of several types, members of Enums and named tuples through the functions of boundary.h. */
#include "boundary.h"

#include "tensors.h"

static boundary_instance *model;

#define OK(status) CHECK_OK(status, boundary_last_error(model))

static bool same(aotjit_str s, const char *text) {
    return s.bytes == (int64_t)strlen(text) && memcmp(s.text, text, (size_t)s.bytes + 1) == 0;
}

static void enums(void) {
    int64_t color;
    OK(boundary_other(model, boundary_Color_RED, NULL, &color));
    CHECK(color == boundary_Color_GREEN);
    OK(boundary_other(model, boundary_Color_RED, &(int64_t){boundary_Mode_FAST}, &color));
    CHECK(color == boundary_Color_RED);
    CHECK(boundary_other(model, 7, NULL, &color) == AOTJIT_VALUE_ERROR);
    CHECK(strstr(boundary_last_error(model), "7 is no member"));
}

static void instances(const array *x) {
    double measure;
    aotjit_str tags[] = {{"t", 1}};
    boundary_Point p = {3, 1.5, {"point", 5}, {tags, 1}};
    OK(boundary_measured(model, &p, &measure));
    CHECK(measure == 6.5 && p.tags.count == 1);
    boundary_Point_result made;
    OK(boundary_made(model, 4, &made));
    CHECK(made.x == 4 && made.y == 2.5 && same(made.name, "made") && made.tags.count == 1);
    const boundary_Point_result *best;
    OK(boundary_largest(model, &(aotjit_list){NULL, 0}, &best));
    CHECK(!best);
    boundary_Point points[] = {p, {9, 0.5, {"r", 1}, {NULL, 0}}};
    OK(boundary_largest(model, &(aotjit_list){points, 2}, &best));
    CHECK(best->x == 9 && same(best->name, "r"));
    int64_t sum;
    boundary_Node last = {4, &x->tensor, NULL, NULL}, first = {3, &x->tensor, &last, &(int64_t){1}};
    OK(boundary_summed(model, &first, &sum));
    CHECK(sum == 7);
    DLManagedTensorVersioned *weight;
    OK(boundary_weighed(model, &first, &weight));
    CHECK(element(&weight->dl_tensor, 1) == 3 * x->data[1]);
    weight->deleter(weight);
    boundary_Node_result chain;
    OK(boundary_chain(model, 1, &chain));
    CHECK(chain.value == 0 && *chain.mode == boundary_Mode_EXACT && !chain.next->next && !chain.next->mode);
    chain.weight->deleter(chain.weight);
    chain.next->weight->deleter(chain.next->weight);
    first.next = &first;
    CHECK(boundary_summed(model, &first, &sum) == AOTJIT_VALUE_ERROR);
    CHECK(boundary_measured(model, NULL, &measure) == AOTJIT_TYPE_ERROR);
}

static void element_types(const array *x) {
    int64_t shape[] = {2}, ids[] = {1, 0};
    uint8_t mask[] = {0, 1};
    DLTensor of_ids = x->tensor, of_mask = x->tensor;
    of_ids.data = ids;
    of_ids.dtype.code = kDLInt;
    of_ids.dtype.bits = 64;
    of_mask.data = mask;
    of_mask.dtype.code = kDLBool;
    of_mask.dtype.bits = 8;
    of_ids.shape = of_mask.shape = shape;
    of_ids.ndim = of_mask.ndim = 1;
    of_ids.strides = of_mask.strides = NULL;
    array *layer = array_new(1, 2, 0, 0), *table = array_new(1, 3, 0, 0);
    table->data[0] = 5;
    table->data[1] = 7;
    layer->data[0] = 1;
    const DLTensor *layers[] = {&layer->tensor};
    boundary_Batch batch = {&of_ids, &of_mask, {layers, 1}};
    DLManagedTensorVersioned *found;
    OK(boundary_picked(model, &batch, &table->tensor, &found));
    CHECK(element(&found->dl_tensor, 0) == 8 && element(&found->dl_tensor, 1) == 0);
    found->deleter(found);
    batch.ids = &layer->tensor;
    CHECK(boundary_picked(model, &batch, &table->tensor, &found) == AOTJIT_TYPE_ERROR);
    CHECK(strstr(boundary_last_error(model), "expected int64 in an instance"));
    const DLTensor *some[] = {&of_mask};
    boundary_Loose loose = {&of_ids, {some, 1}};
    int64_t count;
    aotjit_list rest;
    OK(boundary_passed_on(model, &loose, &found, &count, &rest));
    CHECK(count == 3 && found->dl_tensor.dtype.code == kDLInt && ((const int64_t *)found->dl_tensor.data)[0] == 1);
    found->deleter(found);
    DLManagedTensorVersioned *const *first = rest.data;
    CHECK(first[0]->dl_tensor.dtype.code == kDLBool);
    first[0]->deleter(first[0]);
    array_free(layer);
    array_free(table);
}

static void unions(const array *x) {
    boundary_union0 in = {.tag = 0, .value.as_int = 3};
    boundary_union0_result out;
    OK(boundary_int_or_str(model, &in, &out));
    CHECK(out.tag == 1 && same(out.value.as_str, "3!"));
    in = (boundary_union0){.tag = 1, .value.as_str = {"four", 4}};
    OK(boundary_int_or_str(model, &in, &out));
    CHECK(out.tag == 0 && out.value.as_int == 4);
    in.tag = 2;
    CHECK(boundary_int_or_str(model, &in, &out) == AOTJIT_VALUE_ERROR);
    boundary_any given = {.tag = 0}, got;
    boundary_any_result any;
    OK(boundary_anything(model, &given, &any));
    CHECK(any.tag == 0);
    given = (boundary_any){.tag = 1, .value.as_int = 12};
    OK(boundary_anything(model, &given, &any));
    CHECK(any.tag == 1 && any.value.as_int == 12);
    given = (boundary_any){.tag = 5, .value.as_Tensor = &x->tensor};
    OK(boundary_anything(model, &given, &any));
    CHECK(any.tag == 5 && element(&any.value.as_Tensor->dl_tensor, 1) == x->data[1]);
    any.value.as_Tensor->deleter(any.value.as_Tensor);
    got.tag = -1;
    CHECK(boundary_anything(model, &got, &any) == AOTJIT_VALUE_ERROR);
}

static void named(void) {
    int64_t count;
    double rate;
    boundary_Pair pair = {1, 2.0};
    OK(boundary_doubled(model, &pair, &count, &rate));
    CHECK(count == 2 && rate == 4.0);
}

int main(void) {
    array *x = array_fill(array_new(1, 2, 1, 1), 1);
    OK(boundary_create(NULL, &model));
    for (int round = 0; round < 3; round++) {
        enums();
        instances(x);
        unions(x);
        element_types(x);
        named();
    }
    array_free(x);
    boundary_destroy(model);
    puts("done");
    return 0;
}
