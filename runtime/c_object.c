/* Instances of classes, values of type Any and Union, and members of Enums in the memory form of C (model.h). An
 * instance is a struct of its fields, both ways a copy: a host makes and reads them without calling the library. */
#include "c_value.h"
#include "crossing.h"
#include "libc.h"
#include "operators.h"

enum { TAG_BYTES = 8 }; /* a tag and what aligns the union behind it */

aj_c_form aj_c_class_form(const aj_instance *self, const char *code) {
    const aj_class *class_ = aj_crossing_class(self, code);
    return class_ ? aj_c_form_of(self, class_->code) : (aj_c_form){0, 1};
}

/* In a box a struct is behind a pointer: it may have a box of the same type in it. */
static bool is_struct(const aj_class *type) { return *type->code == '(' || *type->code == 'C'; }

aj_c_form aj_c_box_form(const aj_instance *self, const char *code) {
    const aj_class *type = NULL;
    size_t most = 8;
    for (int32_t i = 0; aj_alternative(self, code, i, &type); i++) {
        size_t bytes = type && !is_struct(type) ? aj_c_form_of(self, type->code).bytes : 0;
        if (bytes > most) most = bytes;
    }
    return (aj_c_form){TAG_BYTES + (most + 7) / 8 * 8, 8};
}

/* -- in ------------------------------------------------------------------------------------------------------------ */

int32_t aj_from_c_enum(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    memcpy(out, memory, sizeof *out);
    if ((int64_t)*out >= 0 && (int64_t)*out < aj_enum_count(code)) return AJ_OK;
    return aj_fail(self, AJ_VALUE_ERROR, "%s: %lld is no member of the Enum", name, (long long)*out);
}

static int32_t import_record(aj_instance *self, const char *name, const aj_class *type, const void *memory,
                             aj_word *out) {
    aj_record *record = NULL;
    if (self->nested == AJ_MOST_NESTED) return aj_fail_nested(self, name);
    int32_t status = aj_record_new(self, type, &record);
    if (status) return status;
    record->head.flags = AJ_FROM_CALLER;
    self->nested++;
    status = aj_import_c(self, name, type->code, memory, record->words);
    self->nested--;
    if (status) memset(record->words, 0, (size_t)type->words * sizeof *record->words);
    else status = aj_check_inside(self, name, type->code, type->dtypes, record->words);
    if (status) aj_release(self, &record->head);
    else *out = (aj_word)(uintptr_t)record;
    return status;
}

int32_t aj_from_c_class(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    if (!memory) return aj_fail(self, AJ_VALUE_ERROR, "%s: NULL", name);
    return import_record(self, name, aj_crossing_class(self, code), memory, out);
}

int32_t aj_from_c_box(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    int32_t tag = 0;
    const aj_class *type = NULL;
    if (!memory) return aj_fail(self, AJ_VALUE_ERROR, "%s: NULL", name);
    memcpy(&tag, memory, sizeof tag);
    if (!aj_alternative(self, code, tag, &type)) {
        return aj_fail(self, AJ_VALUE_ERROR, "%s: no type has the tag %d", name, (int)tag);
    }
    *out = 0;
    if (!type) return AJ_OK;
    const void *held = (const char *)memory + TAG_BYTES;
    if (is_struct(type)) memcpy(&held, held, sizeof held);
    return held ? import_record(self, name, type, held, out) : aj_fail(self, AJ_VALUE_ERROR, "%s: NULL", name);
}

/* -- out ----------------------------------------------------------------------------------------------------------- */

static int32_t export_record(aj_instance *self, aj_record *record, void *memory) {
    if (self->nested == AJ_MOST_NESTED) {
        aj_release(self, &record->head);
        return aj_fail_nested(self, NULL);
    }
    for (int32_t i = 0; i < record->type->reference_count; i++)
        aj_retain((aj_object *)aj_word_pointer(record->words[record->type->references[i]]));
    self->nested++;
    int32_t status = aj_export_c(self, record->type->code, record->words, memory);
    self->nested--;
    aj_release(self, &record->head);
    return status;
}

static int32_t export_boxed(aj_instance *self, aj_record *record, void *memory) {
    if (!is_struct(record->type)) return export_record(self, record, memory);
    void *held = NULL;
    int32_t status = aj_kept_memory(self, aj_c_form_of(self, record->type->code).bytes, &held);
    if (status) {
        aj_release(self, &record->head);
        return status;
    }
    memcpy(memory, &held, sizeof held);
    return export_record(self, record, held);
}

int32_t aj_to_c_class(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    (void)code;
    return export_record(self, (aj_record *)aj_word_pointer(value[0]), memory);
}

int32_t aj_to_c_box(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    aj_record *record = (aj_record *)aj_word_pointer(value[0]);
    const aj_class *type = NULL;
    memset(memory, 0, aj_c_box_form(self, code).bytes);
    for (int32_t tag = 0; aj_alternative(self, code, tag, &type); tag++) {
        if (type != (record ? record->type : NULL)) continue;
        memcpy(memory, &tag, sizeof tag);
        return record ? export_boxed(self, record, (char *)memory + TAG_BYTES) : AJ_OK;
    }
    if (record) aj_release(self, &record->head);
    return aj_fail(self, AJ_NOT_IMPLEMENTED, "results of this type have no C form");
}
