/* Every kind of value through the typed C functions of tests/e2e/sink.py. */
#include "sink.h"

#include "tensors.h"

static sink_instance *model;

#define OK(status) CHECK_OK(status, sink_last_error(model))

static bool same(aotjit_str s, const char *text) {
    return s.bytes == (int64_t)strlen(text) && memcmp(s.text, text, (size_t)s.bytes + 1) == 0;
}

static void scalars(void) {
    int64_t n;
    double a;
    bool b;
    aotjit_str s;
    OK(sink_scalars(model, 41, 0.25, true, &(aotjit_str){"text behind", 4}, &n, &a, &b, &s));
    CHECK(n == 42 && a == 0.5 && !b && same(s, "text!"));
    OK(sink_scalars(model, INT64_MAX, 1, false, &(aotjit_str){NULL, 0}, &n, &a, &b, &s));
    CHECK(n == INT64_MIN && a == 2 && b && same(s, "!"));
    OK(sink_answer(model, &n));
    CHECK(n == 42);
    int64_t numbers[] = {4, 5, 6}, first, second;
    OK(sink_defaults(model, &(aotjit_list){numbers, 3}, &(sink_tuple4){7, {"z", 1}}, &first, &second, &s));
    CHECK(first == 15 && second == 7 && same(s, "z"));
}

static void optionals(const array *x) {
    DLManagedTensorVersioned *t;
    const int64_t *n;
    const aotjit_str *s;
    OK(sink_optional(model, NULL, NULL, NULL, &t, &n, &s));
    CHECK(!t && !n && !s);
    OK(sink_optional(model, &x->tensor, &(int64_t){9}, &(aotjit_str){"nine", 4}, &t, &n, &s));
    CHECK(element(&t->dl_tensor, 1) == x->data[1] && t->dl_tensor.data != x->data && *n == 9 && same(*s, "nine"));
    t->deleter(t);
}

static void lists(const array *x) {
    const DLTensor *tensors[] = {&x->tensor, &x->tensor};
    int64_t ints[] = {1, 2};
    double floats[] = {0.25};
    bool bools[] = {false, true, false};
    aotjit_str strs[] = {{"a", 1}, {"\xc3\xa9", 2}};
    aotjit_list xs, ns, fs, bs, ss, none = {NULL, 0};
    OK(sink_lists(model, &(aotjit_list){tensors, 2}, &(aotjit_list){ints, 2}, &(aotjit_list){floats, 1},
                  &(aotjit_list){bools, 3}, &(aotjit_list){strs, 2}, &xs, &ns, &fs, &bs, &ss));
    CHECK(xs.count == 4 && ns.count == 3 && fs.count == 2 && bs.count == 4 && ss.count == 3);
    for (int64_t i = 0; i < xs.count; i++) {
        DLManagedTensorVersioned *t = ((DLManagedTensorVersioned *const *)xs.data)[i];
        CHECK(t->dl_tensor.ndim == 2 && element(&t->dl_tensor, 5) == x->data[5]);
        t->deleter(t);
    }
    CHECK(((const int64_t *)ns.data)[1] == 2 && ((const int64_t *)ns.data)[2] == 1);
    CHECK(((const double *)fs.data)[0] == 0.25 && ((const double *)fs.data)[1] == 0.5);
    CHECK(!((const bool *)bs.data)[0] && ((const bool *)bs.data)[1] && ((const bool *)bs.data)[3]);
    CHECK(same(((const aotjit_str *)ss.data)[1], "\xc3\xa9") && same(((const aotjit_str *)ss.data)[2], "x"));
    OK(sink_lists(model, &none, &none, &none, &none, &none, &xs, &ns, &fs, &bs, &ss));
    CHECK(xs.count == 0 && ns.count == 1 && ss.count == 1);
}

static void nested(const array *x) {
    int64_t one[] = {1}, two[] = {2, 3}, number = 5;
    aotjit_list inner[] = {{one, 1}, {NULL, 0}, {two, 2}}, ll, lo;
    const int64_t *maybe[] = {NULL, &number};
    sink_result3 p;
    OK(sink_nested(model, &(sink_tuple1){4, {&x->tensor, 0.5}}, &(aotjit_list){inner, 3}, &(aotjit_list){maybe, 2}, &p,
                   &ll, &lo));
    CHECK(p.item0 == 4 && p.item1.item1 == 0.5 && element(&p.item1.item0->dl_tensor, 2) == x->data[2]);
    p.item1.item0->deleter(p.item1.item0);
    CHECK(ll.count == 3 && ((const aotjit_list *)ll.data)[1].count == 0);
    CHECK(((const int64_t *)((const aotjit_list *)ll.data)[2].data)[1] == 3);
    CHECK(lo.count == 2 && !((const int64_t *const *)lo.data)[0] && *((const int64_t *const *)lo.data)[1] == 5);
}

static void views(array *x) {
    DLManagedTensorVersioned *t, *other;
    OK(sink_transposed(model, &x->tensor, &t));
    CHECK(t->dl_tensor.shape[0] == 3 && element(&t->dl_tensor, 1) == x->data[3]);
    OK(sink_ints(model, &t->dl_tensor, &other)); /* a result goes in again */
    CHECK(other->dl_tensor.dtype.code == kDLInt && other->dl_tensor.dtype.bits == 64);
    t->deleter(t);
    other->deleter(other);
    float before = x->data[0];
    OK(sink_fill(model, &x->tensor, &t));
    CHECK(x->data[0] == before + 1 && element(&t->dl_tensor, 0) == before + 1);
    t->deleter(t);
}

static void dicts(const array *x) {
    aotjit_str words[] = {{"a", 1}, {"bc", 2}, {"a", 1}};
    int64_t numbers[] = {1, 2, 7}, keys[] = {5, -6};
    double floats[] = {0.5, 1.5}, places[] = {2.5};
    aotjit_list lists[] = {{floats, 2}, {NULL, 0}};
    const DLTensor *tensors[] = {&x->tensor};
    aotjit_dict d, t, y, empty = {NULL, NULL, 0};
    int64_t n;
    OK(sink_dicts(model, &(aotjit_dict){words, numbers, 3}, &(aotjit_dict){keys, lists, 2},
                  &(aotjit_dict){places, tensors, 1}, &d, &t, &y, &n));
    CHECK(d.count == 3 && same(((const aotjit_str *)d.keys)[0], "a") && ((const int64_t *)d.values)[0] == 7);
    CHECK(same(((const aotjit_str *)d.keys)[2], "new") && ((const int64_t *)d.values)[2] == 9);
    CHECK(t.count == 2 && ((const int64_t *)t.keys)[1] == -6 && ((const aotjit_list *)t.values)[0].count == 3);
    CHECK(((const double *)((const aotjit_list *)t.values)[0].data)[2] == 5.0);
    CHECK(y.count == 1 && n == 1 && ((const double *)y.keys)[0] == 2.5);
    DLManagedTensorVersioned *held = ((DLManagedTensorVersioned *const *)y.values)[0];
    CHECK(element(&held->dl_tensor, 2) == x->data[2]);
    held->deleter(held);
    OK(sink_dicts(model, &empty, &empty, &empty, &d, &t, &y, &n));
    CHECK(d.count == 1 && t.count == 0 && y.count == 0 && n == 0);
    CHECK(sink_dicts(model, &(aotjit_dict){NULL, NULL, 2}, &empty, &empty, &d, &t, &y, &n) == AOTJIT_VALUE_ERROR);
}

static bool equal(aotjit_complex z, double re, double im) { return z.re == re && z.im == im; }

static void complexes(void) {
    double _Complex numbers[] = {1.0, 2.0}; /* laid out as aotjit_complex is */
    aotjit_complex keys[] = {{0, 1}, {-0.0, 2}}, z = {-4, 0}, root;
    const aotjit_complex *o;
    aotjit_list zs;
    aotjit_dict d;
    CHECK(sizeof numbers[0] == sizeof z);
    OK(sink_complexes(model, &z, &(aotjit_list){numbers, 2}, &keys[1], &(aotjit_dict){keys, keys, 2}, &root, &zs, &o,
                      &d));
    CHECK(equal(root, 0, 2) && zs.count == 3 && equal(((const aotjit_complex *)zs.data)[1], 2, 0));
    CHECK(equal(((const aotjit_complex *)zs.data)[2], -4, 0) && equal(*o, 0, 2) && d.count == 3);
    CHECK(equal(((const aotjit_complex *)d.keys)[2], -4, 0) && equal(((const aotjit_complex *)d.values)[0], 0, 1));
    CHECK(equal(((const aotjit_complex *)d.values)[2], 16, 0));
    OK(sink_complexes(model, &z, &(aotjit_list){NULL, 0}, NULL, &(aotjit_dict){NULL, NULL, 0}, &root, &zs, &o, &d));
    CHECK(zs.count == 1 && !o && d.count == 1);
    CHECK(sink_complexes(model, NULL, &(aotjit_list){NULL, 0}, NULL, &(aotjit_dict){NULL, NULL, 0}, &root, &zs, &o,
                         &d) == AOTJIT_TYPE_ERROR);
}

int main(void) {
    array *x = array_fill(array_new(2, 2, 3, 0), 1);
    CHECK(sink_create(NULL, &model) == AOTJIT_OK);
    for (int i = 0; i < 3; i++) {
        scalars();
        optionals(x);
        lists(x);
        nested(x);
        views(x);
        dicts(x);
        complexes();
    }
    OK(sink_show(model, &x->tensor));
    sink_destroy(model);
    array_free(x);
    return 0;
}
