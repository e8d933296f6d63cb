#include "dlpack_export.h"

#include "arena.h"
#include "dtype.h"
#include "operators.h"

typedef struct export_block {
    DLManagedTensorVersioned managed; /* first: the deleter gets a pointer to it */
    aj_block link;
    aj_instance *self;
    aj_object *owner;  /* the tensor's storage, one reference */
    int64_t numbers[]; /* shape[ndim], then strides[ndim] */
} export_block;

static size_t export_bytes(int32_t ndim) { return sizeof(export_block) + 2 * (size_t)ndim * sizeof(int64_t); }

int32_t aj_import_dltensor(aj_instance *self, const char *name, const DLTensor *in, aj_tensor *out) {
    if (!in) return aj_fail(self, AJ_TYPE_ERROR, "%s: expected a tensor, got NULL", name);
    if (in->device.device_type != kDLCPU && in->device.device_type != kDLCUDAHost) {
        return aj_fail(self, AJ_TYPE_ERROR, "%s: expected a tensor in CPU memory, got device type %d", name,
                       (int)in->device.device_type);
    }
    int32_t dtype = aj_dtype_of_dlpack(in->dtype);
    if (dtype < 0) {
        return aj_fail(self, AJ_TYPE_ERROR, "%s: unsupported element type (DLPack code %d, %d bits, %d lanes)", name,
                       (int)in->dtype.code, (int)in->dtype.bits, (int)in->dtype.lanes);
    }
    if (in->ndim < 0 || in->ndim > AJ_MAX_RANK) {
        return aj_fail(self, AJ_TYPE_ERROR, "%s: at most %d dimensions are supported, got %d", name, (int)AJ_MAX_RANK,
                       (int)in->ndim);
    }
    if (in->ndim > 0 && !in->shape) return aj_fail(self, AJ_VALUE_ERROR, "%s: the tensor has no shape", name);
    out->head = (aj_object){.refcount = 1, .kind = AJ_TENSOR};
    out->dtype = dtype;
    out->ndim = in->ndim;
    out->data = (char *)in->data + in->byte_offset;
    out->storage = NULL;
    int64_t numel = 1;
    for (int32_t d = in->ndim - 1; d >= 0; d--) {
        out->sizes[d] = in->shape[d];
        out->strides[d] = in->strides ? in->strides[d] : numel;
        numel *= in->shape[d];
        if (in->shape[d] < 0) {
            return aj_fail(self, AJ_VALUE_ERROR, "%s: dimension %d is %lld", name, (int)d, (long long)in->shape[d]);
        }
    }
    out->numel = numel;
    if (numel > 0 && !in->data) return aj_fail(self, AJ_VALUE_ERROR, "%s: the tensor has no memory", name);
    return AJ_OK;
}

/* Any thread. The block is only pushed; the instance's thread takes it apart. */
static void export_delete(DLManagedTensorVersioned *managed) {
    export_block *block = (export_block *)managed;
    aj_instance *self = block->self;
    aj_block *head = __atomic_load_n(&self->returned, __ATOMIC_RELAXED);
    do {
        block->link.next = head;
    } while (!__atomic_compare_exchange_n(&self->returned, &head, &block->link, true, __ATOMIC_RELEASE,
                                          __ATOMIC_RELAXED));
    aj_instance_unreference(self);
}

void aj_export_reclaim(aj_instance *self, aj_block *link) {
    export_block *block = (export_block *)((char *)link - offsetof(export_block, link));
    aj_object *owner = block->owner;
    aj_arena_free(self, block, export_bytes(block->managed.dl_tensor.ndim));
    aj_release(self, owner);
}

int32_t aj_export_tensor(aj_instance *self, aj_tensor *t, DLManagedTensorVersioned **out) {
    *out = NULL;
    if (!t->storage || t->storage->head.kind != AJ_STORAGE || t->storage->release) {
        aj_tensor *copy = NULL;
        int32_t status = aj_clone(self, t, &copy);
        aj_release(self, &t->head);
        if (status) return status;
        t = copy;
    }
    export_block *block = (export_block *)aj_arena_alloc(self, export_bytes(t->ndim));
    if (!block) {
        aj_release(self, &t->head);
        return AJ_MEMORY_ERROR;
    }
    block->self = self;
    block->owner = &t->storage->head;
    aj_retain(block->owner);
    for (int32_t d = 0; d < t->ndim; d++) {
        block->numbers[d] = t->sizes[d];
        block->numbers[t->ndim + d] = t->strides[d];
    }
    block->managed = (DLManagedTensorVersioned){
        .version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION},
        .manager_ctx = block,
        .deleter = export_delete,
        .dl_tensor = {.data = t->data,
                      .device = {kDLCPU, 0},
                      .ndim = t->ndim,
                      .dtype = aj_dlpack_dtype(t->dtype),
                      .shape = block->numbers,
                      .strides = block->numbers + t->ndim},
    };
    __atomic_add_fetch(&self->references, 1, __ATOMIC_RELAXED);
    aj_release(self, &t->head);
    *out = &block->managed;
    return AJ_OK;
}
