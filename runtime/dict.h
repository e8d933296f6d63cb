/* Insertion-ordered hash tables: Dict[K, V]. The entries stand in the order of their insertion; `slots` finds them by
 * open addressing with linear probing. Removing an entry leaves it in its place with hash 0 until the next rebuild, so
 * that probing goes on behind it and the order stays. */
#ifndef AJ_DICT_H
#define AJ_DICT_H

#include "value.h"

/* Entry i is words entries[i*stride .. (i+1)*stride): its hash (never 0 while it lives), the key's words (two where it
 * is complex, else one) and the value's words. slots[s] is 0 where free, else an entry's number + 1. There are 2^(64 - shift) slots,
 * of which at most two thirds are taken: two, which are free, before the first insertion. The upper bits of a hash say
 * where to look first: a product with the golden ratio spreads keys with even distances evenly (Knuth, TAOCP 6.4). */
typedef struct aj_dict {
    aj_object head;
    int32_t width;       /* words of a value                                             */
    int32_t key;         /* type code of the keys: i f c b s d, T (by the object)        */
    uint64_t references; /* bit k: word k of a value is a reference                      */
    int64_t length;      /* entries that live                                            */
    int64_t used;        /* entries written, removed ones included                       */
    int64_t capacity;    /* entries there is room for                                    */
    int64_t first;       /* no entry before this one lives                               */
    aj_word *entries;
    uint32_t *slots;
    int64_t shift;
} aj_dict;

static inline int32_t aj_dict_key_words(const aj_dict *d) { return d->key == 'c' ? 2 : 1; }
static inline aj_word *aj_dict_entry(const aj_dict *d, int64_t i) {
    return d->entries + i * (1 + aj_dict_key_words(d) + d->width);
}
/* The value's words of an entry. */
static inline aj_word *aj_dict_value(const aj_dict *d, aj_word *entry) { return entry + 1 + aj_dict_key_words(d); }
/* Are keys references to objects? */
static inline bool aj_dict_counts_keys(const aj_dict *d) { return d->key == 's' || d->key == 'T'; }

int32_t aj_dict_new(aj_instance *self, int32_t width, uint64_t references, int32_t key, int64_t capacity,
                    aj_dict **out);
/* The words of the value at `key`; NULL when there is none. */
aj_word *aj_dict_find(const aj_dict *d, const aj_word *key);
/* The same for a str. It writes nothing but the key's hash: to generated code it only reads. */
aj_word *aj_dict_find_str(const aj_dict *d, aj_str *key);
/* d[key] = value; takes its own references. */
int32_t aj_dict_set(aj_instance *self, aj_dict *d, const aj_word *key, const aj_word *value);
/* The same without retaining: the references that `key` and `value` hold become the dict's, also when it fails. */
int32_t aj_dict_put(aj_instance *self, aj_dict *d, const aj_word *key, const aj_word *value);
bool aj_dicts_equal(const char *code, const aj_dict *a, const aj_dict *b);

#endif
