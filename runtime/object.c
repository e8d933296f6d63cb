#include "object.h"

#include "arena.h"

static __attribute__((noinline)) void list_destroy(aj_instance *self, aj_list *list) {
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

/* Apart from the tensors, so that those take no detour. */
static __attribute__((noinline)) void destroy_other(aj_instance *self, aj_object *object) {
    if (object->kind == AJ_STORAGE) storage_destroy(self, (aj_storage *)object);
    else if (object->kind == AJ_LIST) list_destroy(self, (aj_list *)object);
    else self->model->handlers[object->kind].destroy(self, object);
}

void aj_destroy(aj_instance *self, aj_object *object) {
    if (object->kind != AJ_TENSOR) {
        destroy_other(self, object);
        return;
    }
    aj_storage *storage = ((aj_tensor *)object)->storage;
    aj_arena_free(self, object, sizeof(aj_tensor));
    if (!storage) return;
    if (storage->head.kind != AJ_STORAGE || storage->release) aj_release(self, &storage->head);
    else if (storage->head.refcount >= 0 && --storage->head.refcount == 0) aj_arena_give(self, storage, storage->head.flags);
}
