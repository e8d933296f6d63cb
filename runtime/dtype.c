#include "dtype.h"

#include "dlpack_export.h"

typedef struct dtype_row {
    const char *name, *knob;
    DLDataType dlpack;
} dtype_row;

static const dtype_row ROWS[AJ_DTYPES] = {
    [AJ_U8] = {"uint8", "u8", {kDLUInt, 8, 1}},
    [AJ_I8] = {"int8", "i8", {kDLInt, 8, 1}},
    [AJ_I16] = {"int16", "i16", {kDLInt, 16, 1}},
    [AJ_I32] = {"int32", "i32", {kDLInt, 32, 1}},
    [AJ_I64] = {"int64", "i64", {kDLInt, 64, 1}},
    [AJ_F16] = {"float16", "f16", {kDLFloat, 16, 1}},
    [AJ_F32] = {"float32", "f32", {kDLFloat, 32, 1}},
    [AJ_F64] = {"float64", "f64", {kDLFloat, 64, 1}},
    [AJ_C64] = {"complex64", "c64", {kDLComplex, 64, 1}},
    [AJ_C128] = {"complex128", "c128", {kDLComplex, 128, 1}},
    [AJ_BOOL] = {"bool", "bool", {kDLBool, 8, 1}},
    [AJ_BF16] = {"bfloat16", "bf16", {kDLBfloat, 16, 1}},
};

const char *aj_dtype_name(int32_t dtype) {
    return aj_dtype_bytes(dtype) ? ROWS[dtype].name : "?";
}

const char *aj_dtype_knob(int32_t dtype) {
    return aj_dtype_bytes(dtype) ? ROWS[dtype].knob : "?";
}

DLDataType aj_dlpack_dtype(int32_t dtype) { return ROWS[dtype].dlpack; }

int32_t aj_dtype_of_dlpack(DLDataType dtype) {
    if (dtype.lanes != 1) return -1;
    for (int32_t i = 0; i < AJ_DTYPES; i++) {
        if (ROWS[i].name && ROWS[i].dlpack.code == dtype.code && ROWS[i].dlpack.bits == dtype.bits) return i;
    }
    return -1;
}
