/* Futures through the functions of futures.h. */
#include "futures.h"

#include "tensors.h"

static futures_instance *model;

#define OK(status) CHECK_OK(status, futures_last_error(model))

static void results(void) {
    futures_Future_int_result f;
    OK(futures_start(model, 2, &f));
    CHECK(f.status == AOTJIT_OK && f.value == 2 && !f.error.text);
    OK(futures_start(model, 5, &f));
    CHECK(f.status == AOTJIT_VALUE_ERROR && f.value == 0);
    CHECK(strncmp(f.error.text, "too many at ", 12) == 0 && strlen(f.error.text) == (size_t)f.error.bytes);
    futures_Future_Tuple_int_str_result pair;
    aotjit_list several;
    aotjit_dict named;
    const futures_Future_int_result *maybe;
    OK(futures_everywhere(model, 2, &pair, &several, &named, &maybe));
    CHECK(pair.status == AOTJIT_OK && pair.value.item0 == 2 && strcmp(pair.value.item1.text, "n2") == 0);
    CHECK(several.count == 2 && ((const futures_Future_int_result *)several.data)[1].value == 2);
    CHECK(named.count == 1 && ((const futures_Future_int_result *)named.values)->value == 2 && maybe->value == 2);
    OK(futures_everywhere(model, 1, &pair, &several, &named, &maybe));
    CHECK(!maybe);
}

static void arguments(void) {
    int64_t n;
    futures_Future_int two = {.value = 2}, failed = {AOTJIT_INDEX_ERROR, {"not there", 9}, 0}, again[] = {two, two};
    OK(futures_finish(model, &two, 3, &n));
    CHECK(n == 7);
    CHECK(futures_finish(model, &failed, 3, &n) == AOTJIT_INDEX_ERROR);
    CHECK(strcmp(futures_last_error(model), "not there") == 0);
    futures_Future_int_result same;
    OK(futures_again(model, &failed, &same));
    CHECK(same.status == AOTJIT_INDEX_ERROR && strcmp(same.error.text, "not there") == 0);
    failed.status = 77;
    CHECK(futures_finish(model, &failed, 3, &n) == AOTJIT_VALUE_ERROR);
    CHECK(strstr(futures_last_error(model), "77 is no status"));
    CHECK(futures_finish(model, NULL, 3, &n) == AOTJIT_TYPE_ERROR);
    aotjit_list list = {again, 2};
    aotjit_dict none = {NULL, NULL, 0};
    futures_tuple7 last = {.item0 = {.value = {4, {"x", 1}}}, .item1 = 10};
    OK(futures_taken(model, &list, &none, &two, &last, &n));
    CHECK(n == 20);
}

static void tensors(void) {
    array *x = array_new(1, 2, 0, 0);
    x->data[0] = 1;
    x->data[1] = -2;
    futures_Future_List_Tensor_result rows;
    OK(futures_rows(model, &x->tensor, 2, &rows));
    CHECK(rows.status == AOTJIT_OK && rows.value.count == 3);
    DLManagedTensorVersioned *const *data = rows.value.data, *sum;
    const DLTensor *given[] = {&data[0]->dl_tensor, &data[1]->dl_tensor, &data[2]->dl_tensor};
    futures_Future_List_Tensor back = {.value = {given, 3}};
    DLManagedTensorVersioned *owned[] = {data[0], data[1], data[2]};
    OK(futures_total(model, &back, &sum));
    CHECK(((const float *)sum->dl_tensor.data)[1] == -6);
    sum->deleter(sum);
    for (int i = 0; i < 3; i++) owned[i]->deleter(owned[i]);
    futures_Future_Point_result point;
    OK(futures_point(model, 2, &point));
    CHECK(point.value.x == 2 && point.value.y == 2.5);
    array_free(x);
}

int main(void) {
    CHECK(futures_create(NULL, &model) == AOTJIT_OK);
    for (int i = 0; i < 3; i++) {
        results();
        arguments();
        tensors();
    }
    futures_destroy(model);
    puts("done");
    return 0;
}
