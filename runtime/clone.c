#include "clone.h"

#include "arena.h"
#include "libc.h"
#include "operators.h"
#include "state.h"

typedef aj_cloner cloner;

enum { OWNS_MEMORY = 1 }; /* the flag of a tensor that stands for a storage: the table holds a reference to it too */

static int32_t clone_value(cloner *c, const char *code, const aj_word *value, aj_word *out);

static aj_object *known(const cloner *c, const void *original) {
    aj_word key = (aj_word)(uintptr_t)original;
    const aj_word *copy = aj_dict_find(c->made, &key);
    return copy ? (aj_object *)aj_word_pointer(*copy) : NULL;
}

static int32_t remember(cloner *c, void *original, const void *copy) {
    aj_word key = (aj_word)(uintptr_t)original, value = (aj_word)(uintptr_t)copy;
    int32_t status = aj_dict_put(c->to, c->made, &key, &value);
    if (!status && c->mode == AJ_CLONE_LEND) aj_retain((aj_object *)original);
    return status;
}

static void release_loan(aj_instance *self, aj_storage *storage) { aj_arena_free(self, storage, sizeof *storage); }

/* A storage with the memory of another instance's, which the cloner keeps alive. */
static int32_t lend_storage(cloner *c, aj_storage *storage, aj_storage **out) {
    aj_storage *loan = (aj_storage *)aj_arena_alloc(c->to, sizeof *loan);
    if (!loan) return AJ_MEMORY_ERROR;
    *loan = (aj_storage){.head = {.refcount = 1, .kind = AJ_STORAGE}, .data = storage->data, .bytes = storage->bytes,
                         .release = release_loan};
    *out = loan;
    return remember(c, storage, loan);
}

/* The copy comes without a reference for the caller. */
static int32_t clone_storage(cloner *c, aj_storage *storage, aj_storage **out) {
    *out = (aj_storage *)(void *)known(c, storage);
    if (*out) return AJ_OK;
    if (c->mode == AJ_CLONE_LEND) return lend_storage(c, storage, out);
    int64_t bytes = (int64_t)storage->bytes;
    aj_tensor *whole = NULL;
    int32_t status = aj_tensor_new(c->to, 0, 1, &bytes, &whole); /* dtype 0: uint8 */
    if (status) return status;
    memcpy(whole->data, storage->data, storage->bytes);
    *out = whole->storage;
    aj_retain(&whole->storage->head);
    aj_release(c->to, &whole->head);
    return remember(c, storage, *out);
}

/* What a tensor's memory belongs to may be a tensor too, where that has no storage (tensor.h). */
static int32_t clone_owner(cloner *c, aj_storage *owner, aj_storage **out) {
    *out = owner;
    if (!owner || owner->head.refcount < 0) return AJ_OK;
    if (owner->head.kind == AJ_STORAGE) return clone_storage(c, owner, out);
    *out = (aj_storage *)(void *)known(c, owner);
    if (*out) return AJ_OK;
    aj_tensor *copy = (aj_tensor *)aj_arena_alloc(c->to, sizeof(aj_tensor));
    if (!copy) return AJ_MEMORY_ERROR;
    memcpy(copy, owner, sizeof *copy);
    copy->head = (aj_object){.refcount = 1, .kind = AJ_TENSOR, .flags = OWNS_MEMORY};
    *out = (aj_storage *)(void *)copy;
    return remember(c, owner, copy);
}

/* The tensor's elements are copied, or stay where they are. */
static bool is_copied_alone(const cloner *c, const aj_tensor *t) {
    const aj_storage *owner = t->storage;
    if (c->mode == AJ_CLONE_LEND || (c->mode == AJ_CLONE_TAKE && owner && (owner->head.refcount < 0 || known(c, owner))))
        return false;
    return !owner || owner->head.kind != AJ_STORAGE || owner->release;
}

static int32_t clone_tensor(cloner *c, aj_tensor *t, aj_tensor **out) {
    if (is_copied_alone(c, t)) return aj_clone(c->to, t, out);
    aj_storage *storage = NULL, *from = t->storage;
    int32_t status = clone_owner(c, from, &storage);
    if (status) return status;
    aj_tensor *copy = (aj_tensor *)aj_arena_alloc(c->to, sizeof(aj_tensor));
    if (!copy) return AJ_MEMORY_ERROR;
    memcpy(copy, t, sizeof *copy);
    copy->head = (aj_object){.refcount = 1, .kind = AJ_TENSOR};
    copy->storage = storage;
    if (storage && storage->head.kind == AJ_STORAGE) {
        copy->data = (char *)storage->data + ((char *)t->data - (char *)from->data);
    }
    if (storage) aj_retain(&storage->head);
    *out = copy;
    return AJ_OK;
}

static int32_t clone_list(cloner *c, const char *element, aj_list *list, aj_list **out) {
    int32_t status = aj_list_new(c->to, list->width, list->references, list->length, out);
    if (!status) status = remember(c, list, *out);
    for (int64_t i = 0; i < list->length && !status; i++) {
        status = clone_value(c, element, list->data + i * list->width, (*out)->data + i * list->width);
        (*out)->length++;
    }
    return status;
}

static int32_t clone_dict(cloner *c, const char *code, aj_dict *dict, aj_dict **out) {
    const char *value = aj_code_end(code);
    aj_word words[2 + 64], *held = words + aj_dict_key_words(dict);
    int32_t status = aj_dict_new(c->to, dict->width, dict->references, dict->key, dict->length, out);
    if (!status) status = remember(c, dict, *out);
    for (int64_t i = dict->first; i < dict->used && !status; i++) {
        aj_word *entry = aj_dict_entry(dict, i);
        if (!entry[0]) continue;
        status = clone_value(c, code, entry + 1, words);
        if (!status) status = clone_value(c, value, aj_dict_value(dict, entry), held);
        if (!status) status = aj_dict_put(c->to, *out, words, held);
    }
    return status;
}

/* The copy's words are filled later (clone_records). */
static int32_t clone_record(cloner *c, aj_record *record, aj_record **out) {
    int32_t status = aj_record_new(c->to, record->type, out);
    return status ? status : remember(c, record, *out);
}

static int32_t clone_object(cloner *c, const char *code, aj_object *object, aj_object **out) {
    *out = known(c, object);
    if (*out) {
        aj_retain(*out);
        return AJ_OK;
    }
    if (object->refcount < 0 && c->mode != AJ_CLONE_WHOLE) {
        *out = object;
        return AJ_OK;
    }
    int32_t status;
    switch (object->kind) {
    case AJ_TENSOR:
        status = clone_tensor(c, (aj_tensor *)object, (aj_tensor **)out);
        break;
    case AJ_LIST: return clone_list(c, code + 1, (aj_list *)object, (aj_list **)out);
    case AJ_DICT: return clone_dict(c, code + 1, (aj_dict *)object, (aj_dict **)out);
    case AJ_CLASS: return clone_record(c, (aj_record *)object, (aj_record **)out);
    case AJ_FUTURE: return aj_fail(c->to, AJ_RUNTIME_ERROR, "a Future cannot be copied");
    default: {
        const aj_str *text = (const aj_str *)object;
        *out = object;
        if (object->refcount < 0) return AJ_OK; /* a literal */
        status = aj_str_new(c->to, text->text, text->bytes, (aj_str **)out);
    }
    }
    return status ? status : remember(c, object, *out);
}

static int32_t clone_value(cloner *c, const char *code, const aj_word *value, aj_word *out) {
    bool optional = *code == 'O';
    if (optional && !aj_code_is_pointer(code + 1)) {
        *out++ = *value;
        if (*value++) return clone_value(c, code + 1, value, out);
        memset(out, 0, (size_t)aj_code_words(code + 1) * sizeof *out);
        return AJ_OK;
    }
    if (optional) code++;
    if (aj_code_is_pointer(code)) {
        aj_object *copy = NULL;
        int32_t status = AJ_OK;
        if (*value) status = clone_object(c, code, (aj_object *)aj_word_pointer(*value), &copy);
        *out = (aj_word)(uintptr_t)copy;
        return status;
    }
    if (*code != '(') {
        for (int32_t i = aj_code_words(code) - 1; i >= 0; i--) out[i] = value[i];
        return AJ_OK;
    }
    for (code++; *code && *code != ')'; code = aj_code_end(code)) {
        int32_t status = clone_value(c, code, value, out);
        if (status) return status;
        value += aj_code_words(code);
        out += aj_code_words(code);
    }
    return AJ_OK;
}

/* Fills the records met so far, and those that are met on the way. */
static int32_t clone_records(cloner *c) {
    int32_t status = AJ_OK;
    for (int64_t i = c->known; i < c->made->used && !status; i++) {
        const aj_word *entry = aj_dict_entry(c->made, i);
        const aj_record *from = (const aj_record *)aj_word_pointer(entry[1]);
        aj_record *to = (aj_record *)aj_word_pointer(entry[2]);
        if (to->head.kind == AJ_CLASS) status = clone_value(c, from->type->code, from->words, to->words);
    }
    return status;
}

int32_t aj_cloner_begin(aj_cloner *c, enum aj_clone_mode mode, aj_instance *from, aj_instance *to) {
    *c = (aj_cloner){.from = from, .to = to, .mode = mode};
    return aj_dict_new(to, 1, 0, 'i', 8, &c->made);
}

int32_t aj_cloner_back(aj_cloner *c, const aj_cloner *lent) {
    int32_t status = aj_cloner_begin(c, AJ_CLONE_TAKE, lent->to, lent->from);
    for (int64_t i = 0; i < lent->made->used && !status; i++) {
        const aj_word *entry = aj_dict_entry(lent->made, i);
        status = aj_dict_put(c->to, c->made, entry + 2, entry + 1);
    }
    if (!status) c->known = c->made->used;
    return status;
}

int32_t aj_cloner_copy(aj_cloner *c, const char *code, const aj_word *value, aj_word *out) {
    int32_t status = clone_value(c, code, value, out);
    return status ? status : clone_records(c);
}

void aj_cloner_end(aj_cloner *c) {
    for (int64_t i = c->known; c->made && i < c->made->used; i++) {
        const aj_word *entry = aj_dict_entry(c->made, i);
        aj_object *copy = (aj_object *)aj_word_pointer(entry[2]);
        bool held = copy->kind == AJ_STORAGE || (copy->kind == AJ_TENSOR && (copy->flags & OWNS_MEMORY));
        if (held) aj_release(c->to, copy);
        if (c->mode == AJ_CLONE_LEND) aj_release(c->from, (aj_object *)aj_word_pointer(entry[1]));
    }
    if (c->made) aj_destroy_dict(c->to, &c->made->head);
}

int32_t aj_clone_state(const aj_instance *from, aj_instance *to) {
    aj_cloner c;
    int32_t status = aj_cloner_begin(&c, AJ_CLONE_WHOLE, NULL, to);
    if (!status) status = aj_cloner_copy(&c, from->model->state_code, from->state, to->state);
    if (!status) aj_cloner_end(&c);
    return status;
}
