/* Futures in the memory form of C (model.h). The tasks of a call are over when it ends, so that what crosses is how the
 * task ended: a status, the text of a failure, the value. Both ways a copy, as for instances. */
#include "c_value.h"
#include "crossing.h"
#include "libc.h"
#include "operators.h"
#include "task.h"

enum { ERROR_AT = 8 };

static int32_t import_failure(aj_instance *self, const char *name, int32_t status, const void *memory,
                              aj_record *record) {
    const aotjit_str *error = (const aotjit_str *)(const void *)((const char *)memory + ERROR_AT);
    aj_str *text = NULL;
    if (status < AJ_OK || status > AJ_NOT_IMPLEMENTED) {
        return aj_fail(self, AJ_VALUE_ERROR, "%s: %d is no status", name, (int)status);
    }
    int32_t failed = aj_from_c_str(self, name, "s", error, (aj_word *)(void *)&text);
    if (failed) return failed;
    aj_fail(self, status, "%S", text);
    aj_future_fail(self, status, record);
    aj_release(self, &text->head);
    return AJ_OK;
}

static int32_t import_value(aj_instance *self, const char *name, const void *memory, aj_record *record) {
    const aj_class *type = record->type;
    record->head.flags = AJ_FROM_CALLER;
    int32_t status = aj_import_c(self, name, type->code, (const char *)memory + AJ_FUTURE_HEAD, record->words);
    if (status) memset(record->words, 0, (size_t)type->words * sizeof *record->words);
    else status = aj_check_inside(self, name, type->code, type->dtypes, record->words);
    return status;
}

int32_t aj_from_c_future(aj_instance *self, const char *name, const char *code, const void *memory, aj_word *out) {
    int32_t given = AJ_OK;
    aj_record *record = NULL;
    if (!memory) return aj_fail(self, AJ_VALUE_ERROR, "%s: NULL", name);
    int32_t status = aj_future_new(self, aj_crossing_class(self, code), &record);
    if (status) return status;
    memcpy(&given, memory, sizeof given);
    status = given ? import_failure(self, name, given, memory, record) : import_value(self, name, memory, record);
    if (status) aj_release(self, &record->head);
    else *out = (aj_word)(uintptr_t)record;
    return status;
}

int32_t aj_to_c_future(aj_instance *self, const char *code, const aj_word *value, void *memory) {
    aj_record *record = (aj_record *)aj_word_pointer(value[0]);
    const aj_class *type = record->type;
    const aj_future *future = aj_future_of(record);
    char *at = (char *)memory;
    int32_t status = AJ_OK;
    memset(memory, 0, aj_c_form_of(self, code).bytes);
    memcpy(memory, &future->status, sizeof future->status);
    if (!future->status) {
        for (int32_t i = 0; i < type->reference_count; i++)
            aj_retain((aj_object *)aj_word_pointer(record->words[type->references[i]]));
        status = aj_export_c(self, type->code, record->words, at + AJ_FUTURE_HEAD);
    } else if (future->message) {
        aj_word text = (aj_word)(uintptr_t)future->message;
        aj_retain(&future->message->head);
        status = aj_to_c_str(self, "s", &text, at + ERROR_AT);
    } else {
        *(aotjit_str *)(void *)(at + ERROR_AT) = (aotjit_str){"out of memory", 13};
    }
    aj_release(self, &record->head);
    return status;
}
