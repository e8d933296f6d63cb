#include "dict.h"

#include "arena.h"
#include "operators.h"
#include "text.h"
#include "utf8.h"

static const uint32_t NO_SLOTS[2] = {0, 0}; /* of a dict that never had an entry: nothing is found there */

static size_t entry_bytes(const aj_dict *d) {
    return (size_t)(1 + aj_dict_key_words(d) + d->width) * sizeof(aj_word);
}

/* -- hashes -------------------------------------------------------------------------------------------------------- */

static inline uint64_t spread(uint64_t x) { return x * 0x9e3779b97f4a7c15u; }

static inline aj_word unsigned_zero(aj_word key) { return aj_word_double(key) == 0 ? 0 : key; } /* -0.0 == 0.0 */

/* Never 0. */
static inline uint64_t hash_of(const aj_dict *d, const aj_word *key) {
    uint64_t hash;
    if (d->key == 's') hash = aj_str_hash((aj_str *)aj_word_pointer(*key));
    else if (d->key == 'f') hash = spread(unsigned_zero(*key));
    else if (d->key == 'c') hash = spread(spread(unsigned_zero(key[0])) ^ unsigned_zero(key[1]));
    else hash = spread(*key);
    return hash ? hash : 1;
}

static inline bool same_double(aj_word a, aj_word b) { return aj_word_double(a) == aj_word_double(b); }

static inline bool same_key(const aj_dict *d, const aj_word *a, const aj_word *b) {
    if (d->key == 's') {
        const aj_str *x = (const aj_str *)aj_word_pointer(*a), *y = (const aj_str *)aj_word_pointer(*b);
        return x == y || (x->bytes == y->bytes && same_bytes(x->text, y->text, x->bytes));
    }
    if (d->key == 'c') return same_double(a[0], b[0]) && same_double(a[1], b[1]);
    return d->key == 'f' ? same_double(*a, *b) : *a == *b;
}

static inline uint64_t next_slot(const aj_dict *d, uint64_t at) { return (at + 1) & ~(uint64_t)0 >> d->shift; }

/* The entry with this key at slot `at` or behind it, or NULL. */
static __attribute__((noinline)) aj_word *lookup_from(const aj_dict *d, const aj_word *key, uint64_t hash,
                                                          uint64_t at) {
    for (;; at = next_slot(d, at)) {
        uint32_t slot = d->slots[at];
        if (slot == 0) return NULL;
        aj_word *entry = aj_dict_entry(d, (int64_t)slot - 1);
        if (entry[0] == hash && same_key(d, entry + 1, key)) return entry;
    }
}

/* The entry with this key, or NULL. Nearly always the first one with its hash has it: short texts are compared here,
 * where nothing is called and few registers are needed. */
static aj_word *lookup(const aj_dict *d, const aj_word *key, uint64_t hash) {
    uint64_t at = hash >> d->shift;
    aj_word *entry;
    for (;; at = next_slot(d, at)) {
        uint32_t slot = d->slots[at];
        if (slot == 0) return NULL;
        entry = aj_dict_entry(d, (int64_t)slot - 1);
        if (entry[0] == hash) break;
    }
    if (d->key == 's') {
        const aj_str *x = (const aj_str *)aj_word_pointer(entry[1]), *y = (const aj_str *)aj_word_pointer(*key);
        bool few = x->bytes <= FEW_BYTES && x->bytes == y->bytes;
        if (few && same_few(x->text, y->text, x->bytes)) return entry;
    }
    return lookup_from(d, key, hash, at);
}

aj_word *aj_dict_find(const aj_dict *d, const aj_word *key) {
    aj_word *entry = lookup(d, key, hash_of(d, key));
    return entry ? aj_dict_value(d, entry) : NULL;
}

/* Nothing is called, and few registers are needed, where the first entry with the hash has this key or there is none. */
aj_word *aj_dict_find_str(const aj_dict *d, aj_str *key) {
    uint64_t hash = key->hash;
    if (!hash) {
        hash = hash_bytes(key->text, key->bytes);
        if (aj_str_keeps_hash(key)) key->hash = hash;
    }
    uint64_t at = hash >> d->shift;
    aj_word *entry;
    for (;; at = next_slot(d, at)) {
        uint32_t slot = d->slots[at];
        if (slot == 0) return NULL;
        entry = d->entries + ((int64_t)slot - 1) * (2 + d->width);
        if (entry[0] == hash) break;
    }
    const aj_str *other = (const aj_str *)aj_word_pointer(entry[1]);
    if (other == key) return entry + 2; /* characters of ASCII are */
    bool few = other->bytes <= FEW_BYTES && other->bytes == key->bytes;
    if (few && same_few(other->text, key->text, other->bytes)) return entry + 2;
    aj_word word = (aj_word)(uintptr_t)key;
    entry = lookup_from(d, &word, hash, at);
    return entry ? entry + 2 : NULL;
}

/* -- memory -------------------------------------------------------------------------------------------------------- */

static void place(aj_dict *d, uint64_t hash, int64_t index) {
    uint64_t at = hash >> d->shift;
    while (d->slots[at]) at = next_slot(d, at);
    d->slots[at] = (uint32_t)(index + 1);
}

/* Moves what lives to new memory with room for at least `wanted` entries. */
static int32_t rebuild(aj_instance *self, aj_dict *d, int64_t wanted) {
    int64_t slots = 8, shift = 61;
    for (; slots * 2 / 3 < wanted; slots *= 2) shift--;
    if (slots > (int64_t)1 << 32) return aj_fail(self, AJ_MEMORY_ERROR, "out of memory: a dict of too many entries");
    int64_t capacity = slots * 2 / 3;
    aj_word *entries = (aj_word *)aj_arena_alloc(self, (size_t)capacity * entry_bytes(d));
    if (!entries) return AJ_MEMORY_ERROR;
    uint32_t *table = (uint32_t *)aj_arena_alloc(self, (size_t)slots * sizeof(uint32_t));
    if (!table) {
        aj_arena_free(self, entries, (size_t)capacity * entry_bytes(d));
        return AJ_MEMORY_ERROR;
    }
    memset(table, 0, (size_t)slots * sizeof(uint32_t));
    aj_dict old = *d;
    d->entries = entries;
    d->slots = table;
    d->shift = shift;
    d->capacity = capacity;
    d->used = d->first = 0;
    for (int64_t i = old.first; i < old.used; i++) {
        const aj_word *entry = aj_dict_entry(&old, i);
        if (!entry[0]) continue;
        memcpy(aj_dict_entry(d, d->used), entry, entry_bytes(d));
        place(d, entry[0], d->used++);
    }
    if (old.entries) {
        aj_arena_free(self, old.entries, (size_t)old.capacity * entry_bytes(d));
        aj_arena_free(self, old.slots, sizeof(uint32_t) << (64 - old.shift));
    }
    return AJ_OK;
}

int32_t aj_dict_new(aj_instance *self, int32_t width, uint64_t references, int32_t key, int64_t capacity,
                    aj_dict **out) {
    aj_dict *d = (aj_dict *)aj_arena_alloc(self, sizeof(aj_dict));
    if (!d) return AJ_MEMORY_ERROR;
    *d = (aj_dict){
        .head = {.refcount = 1, .kind = AJ_DICT}, .width = width, .key = key, .references = references,
        .slots = (uint32_t *)(uintptr_t)NO_SLOTS, .shift = 63};
    if (capacity > 0 && rebuild(self, d, capacity)) {
        aj_arena_free(self, d, sizeof(aj_dict));
        return AJ_MEMORY_ERROR;
    }
    *out = d;
    return AJ_OK;
}

static void retain_value(const aj_dict *d, const aj_word *value) {
    for (uint64_t r = d->references; r; r &= r - 1) aj_retain((aj_object *)aj_word_pointer(value[__builtin_ctzll(r)]));
}

static void release_value(aj_instance *self, const aj_dict *d, const aj_word *value) {
    for (uint64_t r = d->references; r; r &= r - 1) {
        aj_release(self, (aj_object *)aj_word_pointer(value[__builtin_ctzll(r)]));
    }
}

static void retain_key(const aj_dict *d, aj_word key) {
    if (aj_dict_counts_keys(d)) aj_retain((aj_object *)aj_word_pointer(key));
}

static void release_key(aj_instance *self, const aj_dict *d, aj_word key) {
    if (aj_dict_counts_keys(d)) aj_release(self, (aj_object *)aj_word_pointer(key));
}

/* Takes an entry out without releasing what it holds. */
static void unlink(aj_dict *d, aj_word *entry) {
    entry[0] = 0;
    d->length--;
    while (d->first < d->used && aj_dict_entry(d, d->first)[0] == 0) d->first++;
}

void aj_destroy_dict(aj_instance *self, aj_object *object) {
    aj_dict *d = (aj_dict *)object;
    aj_dict_clear(self, d);
    aj_arena_free(self, d, sizeof(aj_dict));
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static void copy_words(aj_word *to, const aj_word *from, int32_t width) {
    for (int32_t k = 0; k < width; k++) to[k] = from[k];
}

/* A new entry behind the others, without retaining anything. */
static int32_t append(aj_instance *self, aj_dict *d, uint64_t hash, const aj_word *key, const aj_word *value) {
    if (d->used == d->capacity) {
        int32_t status = rebuild(self, d, d->length + d->length / 8 + 4);
        if (status) return status;
    }
    aj_word *entry = aj_dict_entry(d, d->used);
    entry[0] = hash;
    copy_words(entry + 1, key, aj_dict_key_words(d));
    copy_words(aj_dict_value(d, entry), value, d->width);
    place(d, hash, d->used++);
    d->length++;
    return AJ_OK;
}

/* The key that a new entry has: another reference, or a copy of what its maker's frame holds. */
static int32_t own_key(aj_instance *self, const aj_dict *d, const aj_word *key, uint64_t hash, aj_word *own) {
    copy_words(own, key, aj_dict_key_words(d));
    aj_str *text = d->key == 's' ? (aj_str *)aj_word_pointer(*key) : NULL;
    if (!text || !(text->head.flags & AJ_LENT)) {
        retain_key(d, *key);
        return AJ_OK;
    }
    aj_str *copy = NULL;
    int32_t status = aj_str_copy(self, text, &copy);
    if (status) return status;
    copy->hash = hash;
    *own = (aj_word)(uintptr_t)copy;
    return AJ_OK;
}

int32_t aj_dict_set(aj_instance *self, aj_dict *d, const aj_word *key, const aj_word *value) {
    uint64_t hash = hash_of(d, key);
    aj_word *entry = lookup(d, key, hash);
    if (entry) {
        retain_value(d, value);
        release_value(self, d, aj_dict_value(d, entry));
        copy_words(aj_dict_value(d, entry), value, d->width);
        return AJ_OK;
    }
    aj_word own[2];
    int32_t status = own_key(self, d, key, hash, own);
    if (status) return status;
    status = append(self, d, hash, own, value);
    if (status) {
        release_key(self, d, own[0]);
        return status;
    }
    retain_value(d, value);
    return AJ_OK;
}

int32_t aj_dict_put(aj_instance *self, aj_dict *d, const aj_word *key, const aj_word *value) {
    int32_t status = aj_dict_set(self, d, key, value);
    release_key(self, d, key[0]);
    release_value(self, d, value);
    return status;
}

int32_t aj_dict_setdefault(aj_instance *self, aj_dict *d, const aj_word *key, const aj_word *value, aj_word *out) {
    const aj_word *found = aj_dict_find(d, key);
    if (!found) {
        int32_t status = aj_dict_set(self, d, key, value);
        if (status) return status;
        found = value;
    }
    copy_words(out, found, d->width);
    retain_value(d, out);
    return AJ_OK;
}

int32_t aj_dict_update(aj_instance *self, aj_dict *d, const aj_dict *other) {
    if (d == other) return AJ_OK;
    for (int64_t i = other->first; i < other->used; i++) {
        aj_word *entry = aj_dict_entry(other, i);
        int32_t status = entry[0] ? aj_dict_set(self, d, entry + 1, aj_dict_value(other, entry)) : AJ_OK;
        if (status) return status;
    }
    return AJ_OK;
}

int32_t aj_dict_clear(aj_instance *self, aj_dict *d) {
    aj_dict old = *d; /* what is released must not find the dict half cleared */
    d->length = d->used = d->capacity = d->first = 0;
    d->entries = NULL;
    d->slots = (uint32_t *)(uintptr_t)NO_SLOTS;
    d->shift = 63;
    if (!old.entries) return AJ_OK;
    for (int64_t i = old.first; i < old.used; i++) {
        aj_word *entry = aj_dict_entry(&old, i);
        if (!entry[0]) continue;
        release_key(self, &old, entry[1]);
        release_value(self, &old, aj_dict_value(&old, entry));
    }
    aj_arena_free(self, old.entries, (size_t)old.capacity * entry_bytes(&old));
    aj_arena_free(self, old.slots, sizeof(uint32_t) << (64 - old.shift));
    return AJ_OK;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static int32_t missing(aj_instance *self, const aj_dict *d, const aj_word *key) {
    char code[2] = {(char)d->key, 0};
    aj_str *text = NULL;
    int32_t status = aj_str_of(self, code, key, &text);
    if (status) return status;
    status = aj_fail(self, AJ_KEY_ERROR, "KeyError: %S", text);
    aj_release(self, &text->head);
    return status;
}

int32_t aj_dict_get(aj_instance *self, const aj_dict *d, const aj_word *key, aj_word *out) {
    const aj_word *found = aj_dict_find(d, key);
    if (__builtin_expect(!found, 0)) return missing(self, d, key);
    copy_words(out, found, d->width);
    retain_value(d, out);
    return AJ_OK;
}

int32_t aj_dict_get_optional(aj_instance *self, const aj_dict *d, const aj_word *key, const char *code, aj_word *out) {
    (void)self;
    const aj_word *found = aj_dict_find(d, key);
    bool flagged = *code != 'O' && !aj_code_is_pointer(code); /* Optional[Optional[T]] is Optional[T] */
    if (!found) {
        for (int32_t k = 0; k < d->width + flagged; k++) out[k] = 0;
        return AJ_OK;
    }
    if (flagged) *out++ = 1;
    copy_words(out, found, d->width);
    retain_value(d, out);
    return AJ_OK;
}

int32_t aj_dict_get_default(aj_instance *self, const aj_dict *d, const aj_word *key, const aj_word *value,
                            aj_word *out) {
    (void)self;
    const aj_word *found = aj_dict_find(d, key);
    copy_words(out, found ? found : value, d->width);
    retain_value(d, out);
    return AJ_OK;
}

/* Takes the entry with this value out, and releases its key. */
static void unlink_key(aj_instance *self, aj_dict *d, aj_word *value) {
    aj_word *key = value - aj_dict_key_words(d);
    unlink(d, key - 1);
    release_key(self, d, *key);
}

int32_t aj_dict_pop(aj_instance *self, aj_dict *d, const aj_word *key, aj_word *out) {
    aj_word *found = aj_dict_find(d, key);
    if (!found) return missing(self, d, key);
    copy_words(out, found, d->width);
    unlink_key(self, d, found);
    return AJ_OK;
}

int32_t aj_dict_pop_default(aj_instance *self, aj_dict *d, const aj_word *key, const aj_word *value, aj_word *out) {
    if (aj_dict_find(d, key)) return aj_dict_pop(self, d, key, out);
    copy_words(out, value, d->width);
    retain_value(d, out);
    return AJ_OK;
}

int32_t aj_dict_delete(aj_instance *self, aj_dict *d, const aj_word *key) {
    aj_word *found = aj_dict_find(d, key);
    if (!found) return missing(self, d, key);
    unlink_key(self, d, found);
    release_value(self, d, found);
    return AJ_OK;
}

/* The oldest entry, as torch (Python takes the youngest). */
int32_t aj_dict_popitem(aj_instance *self, aj_dict *d, aj_word *out) {
    if (d->length == 0) return aj_fail(self, AJ_KEY_ERROR, "popitem(): dictionary is empty");
    aj_word *entry = aj_dict_entry(d, d->first);
    copy_words(out, entry + 1, aj_dict_key_words(d) + d->width);
    unlink(d, entry);
    return AJ_OK;
}

int32_t aj_dict_contains(aj_instance *self, const aj_dict *d, const aj_word *key, bool *out) {
    (void)self;
    *out = aj_dict_find(d, key) != NULL;
    return AJ_OK;
}

int32_t aj_dict_length(aj_instance *self, const aj_dict *d, int64_t *out) {
    (void)self;
    *out = d->length;
    return AJ_OK;
}
