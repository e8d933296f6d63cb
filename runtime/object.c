#include "object.h"

#include "arena.h"
#include "dict.h"

static void list_destroy(aj_instance *self, aj_list *list) {
    if (list->references) {
        for (int64_t i = 0; i < list->length; i++) {
            for (int32_t k = 0; k < list->width; k++) {
                if (list->references >> k & 1) {
                    aj_release(self, (aj_object *)(uintptr_t)list->data[i * list->width + k]);
                }
            }
        }
    }
    if (list->data) aj_arena_free(self, list->data, (size_t)(list->capacity * list->width) * sizeof(aj_word));
    aj_arena_free(self, list, sizeof(aj_list));
}

static void storage_destroy(aj_instance *self, aj_storage *storage) {
    if (storage->release) {
        storage->release(self, storage);
    } else {
        aj_arena_give(self, storage, storage->head.flags);
    }
}

void aj_destroy(aj_instance *self, aj_object *object) {
    switch (object->kind) {
    case AJ_TENSOR: {
        aj_storage *storage = ((aj_tensor *)object)->storage;
        aj_arena_free(self, object, sizeof(aj_tensor));
        if (storage) aj_release(self, &storage->head);
        break;
    }
    case AJ_STORAGE: storage_destroy(self, (aj_storage *)object); break;
    case AJ_STR: aj_str_destroy(self, (aj_str *)object); break;
    case AJ_LIST: list_destroy(self, (aj_list *)object); break;
    case AJ_DICT: aj_dict_destroy(self, (aj_dict *)object); break;
    case AJ_CLASS: aj_record_destroy(self, (aj_record *)object); break;
    default: break;
    }
}
