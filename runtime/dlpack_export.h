/* Tensors across the boundary: DLTensor in (borrowed), DLManagedTensorVersioned out (owned by the receiver). */
#ifndef AJ_DLPACK_EXPORT_H
#define AJ_DLPACK_EXPORT_H

#include "dlpack.h"
#include "instance.h"

/* Fills `out`, a block of the arena, as a tensor with one reference that borrows the memory of `in`. `name` is the
 * argument's, for messages. On failure `out` is still the caller's to free. */
int32_t aj_import_dltensor(aj_instance *self, const char *name, const DLTensor *in, aj_tensor *out);

/* Hands `t` out; takes the caller's reference whether it succeeds or not. The deleter may run on any thread, also after
 * the instance was disposed of. A tensor whose memory the arena does not own is copied first. */
int32_t aj_export_tensor(aj_instance *self, aj_tensor *t, DLManagedTensorVersioned **out);
void aj_export_reclaim(aj_instance *self, aj_block *block); /* the instance's thread: a returned export */
void aj_arena_dispose(aj_instance *self);
void aj_instance_unreference(aj_instance *self);

DLDataType aj_dlpack_dtype(int32_t dtype);
int32_t aj_dtype_of_dlpack(DLDataType dtype); /* -1: not one of the language's */

#endif
