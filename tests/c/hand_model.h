/* Helpers to write a model by hand, as codegen would emit it. */
#ifndef HAND_MODEL_H
#define HAND_MODEL_H

#include "dtype.h"
#include "model.h"
#include "operators.h"

#define AS_POINTER(T, word) ((T *)(uintptr_t)(word))
#define AS_WORD(pointer) ((aj_word)(uintptr_t)(pointer))

static const aj_tensor_spec FLOAT_SPEC[] = {{AJ_F32, AJ_ANY_RANK, NULL, 0, 0}, {AJ_F32, AJ_ANY_RANK, NULL, 0, 0}};

#endif
