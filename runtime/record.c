/* Records: instances of classes, and boxes that hold a value of a type known at run time only. */
#include "arena.h"
#include "instance.h"
#include "libc.h"
#include "operators.h"
#include "text.h"
#include "value.h"

static size_t record_bytes(const aj_class *type) {
    return sizeof(aj_record) + (size_t)type->words * sizeof(aj_word);
}

int32_t aj_record_new(aj_instance *self, const aj_class *type, aj_record **out) {
    aj_record *record = (aj_record *)aj_arena_alloc(self, record_bytes(type));
    if (!record) return AJ_MEMORY_ERROR;
    record->head = (aj_object){.refcount = 1, .kind = AJ_CLASS};
    record->type = type;
    memset(record->words, 0, (size_t)type->words * sizeof(aj_word));
    *out = record;
    return AJ_OK;
}

static void destroy_one(aj_instance *self, aj_record *record) {
    const aj_class *type = record->type;
    for (int32_t i = 0; i < type->reference_count; i++) {
        aj_release(self, (aj_object *)aj_word_pointer(record->words[type->references[i]]));
    }
    aj_arena_free(self, record, record_bytes(type));
}

/* A long chain of records must not take a stack frame for each: while one is destroyed, the others whose last reference
 * goes are put in a list, linked through their heads, which nobody reads any more. */
void aj_destroy_class(aj_instance *self, aj_object *object) {
    aj_record *record = (aj_record *)object;
    if (self->dying) {
        memcpy(&record->head, &self->dying, sizeof self->dying);
        self->dying = record;
        return;
    }
    self->dying = record; /* ends the list */
    destroy_one(self, record);
    while (self->dying != record) {
        aj_record *next = self->dying;
        memcpy(&self->dying, &next->head, sizeof self->dying);
        destroy_one(self, next);
    }
    self->dying = NULL;
}

/* -- printing ------------------------------------------------------------------------------------------------------ */

int32_t aj_show_class(aj_text *text, const char *code, const aj_word *words) {
    const aj_record *record = (const aj_record *)aj_word_pointer(words[0]);
    (void)code;
    char digits[16];
    uint64_t address = (uint64_t)(uintptr_t)record;
    int32_t count = 0;
    for (; address; address >>= 4) digits[count++] = "0123456789abcdef"[address & 15];
    aj_text_add_char(text, '<');
    aj_text_add_c(text, record->type->name);
    aj_text_add_c(text, " object at 0x");
    while (count) aj_text_add_char(text, digits[--count]);
    aj_text_add_char(text, '>');
    return AJ_OK;
}

int32_t aj_show_future(aj_text *text, const char *code, const aj_word *words) {
    return aj_show_class(text, code, words);
}

int64_t aj_enum_index(const char *code, const char *name, size_t bytes) {
    const char *at = code + 2;
    while (*at != '|' && *at != '}') at++; /* the class */
    for (int64_t index = 0; *at == '|'; index++) {
        const char *start = ++at;
        while (*at != '|' && *at != '}') at++;
        if ((size_t)(at - start) == bytes && memcmp(start, name, bytes) == 0) return index;
    }
    return -1;
}

int32_t aj_show_enum(aj_text *text, const char *code, const aj_word *words) {
    int64_t index = (int64_t)words[0];
    const char *end = code + 2;
    while (*end != '|' && *end != '}') end++;
    aj_text_add_c(text, "Enum<");
    aj_text_add(text, code + 2, (size_t)(end - code - 2));
    for (; *end == '|' && index > 0; index--) {
        for (end++; *end != '|' && *end != '}';) end++;
    }
    aj_text_add_char(text, '.');
    const char *name = end + 1;
    for (end = name; *end && *end != '|' && *end != '}';) end++;
    aj_text_add(text, name, (size_t)(end - name));
    aj_text_add_char(text, '>');
    return AJ_OK;
}
