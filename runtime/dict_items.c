/* Whole dicts: copies, lists of what they hold, dicts of lists, equality. */
#include "arena.h"
#include "dict.h"
#include "operators.h"

int32_t aj_dict_copy(aj_instance *self, const aj_dict *d, aj_dict **out) {
    int32_t status = aj_dict_new(self, d->width, d->references, d->key, d->length, out);
    if (status) return status;
    status = aj_dict_update(self, *out, d);
    if (status) aj_release(self, &(*out)->head);
    return status;
}

/* Words `begin` to `begin` + `width` of every entry that lives, as a new list. */
static int32_t listed(aj_instance *self, const aj_dict *d, int32_t begin, int32_t width, aj_list **out) {
    uint64_t keys = aj_dict_counts_keys(d), references = keys << 1 | d->references << (1 + aj_dict_key_words(d));
    references = references >> begin & (width < 64 ? ((uint64_t)1 << width) - 1 : ~(uint64_t)0);
    int32_t status = aj_list_new(self, width, references, d->length, out);
    if (status) return status;
    aj_word *slot = (*out)->data;
    for (int64_t i = d->first; i < d->used; i++) {
        const aj_word *entry = aj_dict_entry(d, i);
        if (!entry[0]) continue;
        for (int32_t k = 0; k < width; k++) *slot++ = entry[begin + k];
        for (uint64_t r = references; r; r &= r - 1) {
            aj_retain((aj_object *)aj_word_pointer(entry[begin + __builtin_ctzll(r)]));
        }
    }
    (*out)->length = d->length;
    return AJ_OK;
}

int32_t aj_dict_keys(aj_instance *self, const aj_dict *d, aj_list **out) {
    return listed(self, d, 1, aj_dict_key_words(d), out);
}

int32_t aj_dict_values(aj_instance *self, const aj_dict *d, aj_list **out) {
    return listed(self, d, 1 + aj_dict_key_words(d), d->width, out);
}

int32_t aj_dict_items(aj_instance *self, const aj_dict *d, aj_list **out) {
    return listed(self, d, 1, aj_dict_key_words(d) + d->width, out);
}

int32_t aj_dict_from_items(aj_instance *self, const aj_list *items, const char *code, aj_dict **out) {
    int32_t key = aj_code_words(code + 1);
    int32_t status = aj_dict_new(self, items->width - key, items->references >> key, code[1], items->length, out);
    if (status) return status;
    for (int64_t i = 0; i < items->length && !status; i++) {
        const aj_word *item = items->data + i * items->width;
        status = aj_dict_set(self, *out, item, item + key);
    }
    if (status) aj_release(self, &(*out)->head);
    return status;
}

/* `code` is the type code of the values. */
bool aj_dicts_equal(const char *code, const aj_dict *a, const aj_dict *b) {
    if (a->length != b->length) return false;
    for (int64_t i = a->first; i < a->used; i++) {
        aj_word *entry = aj_dict_entry(a, i);
        if (!entry[0]) continue;
        const aj_word *other = aj_dict_find(b, entry + 1);
        if (!other || !aj_values_equal(code, aj_dict_value(a, entry), other)) return false;
    }
    return true;
}
