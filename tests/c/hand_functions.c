/* A library of plain functions, as codegen would emit it for
 *
 *     def add(x, y): return x + y                      (float32, same shape)
 *     def everything(n: int, a: float, b: bool, s: str, o: Optional[int], l: List[int], t: Tuple[int, Tensor],
 *                    m: int = 7, z: Optional[Tensor] = None) -> Tuple[int, float, bool, str, Optional[int], List[int],
 *                    Tuple[int, Tensor], Optional[Tensor]]
 *     def identity(x): return x
 *     def fails(status: int): raise
 *     def static_add(x: f32[2, 3], y: f32[2, 3])
 *     def symbols(x: f32[N, 3], y: f32[N]) -> int: return N
 *     def tensors(xs: List[Tensor]) -> List[Tensor]: return xs
 *     def anything(x) -> Tensor: return x               (any dtype)
 *     def row_major(x) -> List[int]: return x.stride()  (needs a contiguous x)
 *     def show(x) -> None: print(x)
 *     def fill(x) -> None: x.fill_(7)
 *     def big(n: int) -> Tensor: return torch.arange(n)
 */
#include "hand_model.h"
#include "value.h"

static int32_t add(aj_instance *self, const aj_word *in, aj_word *out) {
    const aj_tensor *x = AS_POINTER(aj_tensor, in[0]), *y = AS_POINTER(aj_tensor, in[1]);
    aj_tensor *z = NULL, *a = NULL, *b = NULL;
    int32_t status = aj_tensor_new(self, AJ_F32, x->ndim, x->sizes, &z);
    if (status) return status;
    aj_contiguous(self, AS_POINTER(aj_tensor, in[0]), &a);
    aj_contiguous(self, AS_POINTER(aj_tensor, in[1]), &b);
    if (y->numel != x->numel) {
        aj_release(self, &z->head);
        aj_release(self, &a->head);
        aj_release(self, &b->head);
        return aj_fail(self, AJ_RUNTIME_ERROR, "sizes differ");
    }
    for (int64_t i = 0; i < z->numel; i++) ((float *)z->data)[i] = ((float *)a->data)[i] + ((float *)b->data)[i];
    aj_release(self, &a->head);
    aj_release(self, &b->head);
    out[0] = AS_WORD(z);
    return AJ_OK;
}

/* n a b s o(2) l t(2) m z -> n+m a*2 !b s o(2) l t(2) z */
static int32_t everything(aj_instance *self, const aj_word *in, aj_word *out) {
    (void)self;
    out[0] = in[0] + in[9];
    out[1] = aj_double_word(aj_word_double(in[1]) * 2);
    out[2] = !in[2];
    out[3] = in[3];
    out[4] = in[4];
    out[5] = in[5];
    out[6] = in[6];
    out[7] = in[7];
    out[8] = in[8];
    out[9] = in[10];
    static const int held[] = {3, 6, 8, 10};
    for (int i = 0; i < 4; i++) aj_retain(AS_POINTER(aj_object, in[held[i]]));
    return AJ_OK;
}

static int32_t identity(aj_instance *self, const aj_word *in, aj_word *out) {
    (void)self;
    aj_retain(AS_POINTER(aj_object, in[0]));
    out[0] = in[0];
    return AJ_OK;
}

static int32_t fails(aj_instance *self, const aj_word *in, aj_word *out) {
    (void)out;
    int32_t status = aj_fail(self, (int32_t)in[0], "failed with %d %s %lld %g%%", (int)in[0], "text", -5LL, 2.5);
    aj_locate(self, "model.py:3:5 in fails");
    return status;
}

static int32_t symbols(aj_instance *self, const aj_word *in, aj_word *out) {
    (void)self;
    out[0] = (aj_word)AS_POINTER(aj_tensor, in[0])->sizes[0];
    return AJ_OK;
}

static int32_t big(aj_instance *self, const aj_word *in, aj_word *out) {
    aj_tensor *t = NULL;
    int32_t status = aj_arange_int(self, 0, (int64_t)in[0], 1, AJ_F32, &t);
    out[0] = AS_WORD(t);
    return status;
}

static int32_t row_major(aj_instance *self, const aj_word *in, aj_word *out) {
    const aj_tensor *x = AS_POINTER(aj_tensor, in[0]);
    aj_list *strides = NULL;
    int32_t status = aj_list_new(self, 1, 0, x->ndim, &strides);
    for (int32_t d = 0; !status && d < x->ndim; d++) {
        aj_word stride = (aj_word)x->strides[d];
        status = aj_list_append(self, strides, &stride);
    }
    out[0] = AS_WORD(strides);
    return status;
}

static int32_t show(aj_instance *self, const aj_word *in, aj_word *out) {
    (void)out;
    return aj_print(self, "T", in);
}

static int32_t fill(aj_instance *self, const aj_word *in, aj_word *out) {
    aj_tensor *t = NULL;
    (void)out;
    int32_t status = aj_fill_(self, AS_POINTER(aj_tensor, in[0]), 7, &t);
    if (!status) aj_release(self, &t->head);
    return status;
}

static const aj_tensor_spec ANY_SPEC[] = {{AJ_ANY_DTYPE, AJ_ANY_RANK, NULL, 0, 0}};
static const aj_tensor_spec CONTIGUOUS_SPEC[] = {{AJ_F32, AJ_ANY_RANK, NULL, AJ_SPEC_CONTIGUOUS, 0}};
static const aj_tensor_spec WRITTEN_SPEC[] = {{AJ_F32, AJ_ANY_RANK, NULL, AJ_SPEC_WRITTEN, 0}};
static const int64_t TWO_THREE[] = {2, 3}, N_THREE[] = {AJ_SYMBOL_DIM(0), 3}, N_ONLY[] = {AJ_SYMBOL_DIM(0)};
static const aj_tensor_spec STATIC_SPEC[] = {{AJ_F32, 2, TWO_THREE, 0, 0}};
static const aj_tensor_spec N_THREE_SPEC[] = {{AJ_F32, 2, N_THREE, 0, 0}}, N_SPEC[] = {{AJ_F32, 1, N_ONLY, 0, 0}};
static const char *const SYMBOLS[] = {"N"};
static const aj_word SEVEN[] = {7}, NO_TENSOR[] = {0};

static const aj_argument ADD_ARGUMENTS[] = {{"x", "Tensor", "T", FLOAT_SPEC, NULL},
                                            {"y", "Tensor", "T", FLOAT_SPEC, NULL}};
static const aj_argument STATIC_ARGUMENTS[] = {{"x", "Tensor", "T", STATIC_SPEC, NULL},
                                               {"y", "Tensor", "T", STATIC_SPEC, NULL}};
static const aj_argument EVERYTHING_ARGUMENTS[] = {
    {"n", "int", "i", NULL, NULL},
    {"a", "float", "f", NULL, NULL},
    {"b", "bool", "b", NULL, NULL},
    {"s", "str", "s", NULL, NULL},
    {"o", "Optional[int]", "Oi", NULL, NULL},
    {"l", "List[int]", "Li", NULL, NULL},
    {"t", "Tuple[int, Tensor]", "(iT)", FLOAT_SPEC, NULL},
    {"m", "int", "i", NULL, SEVEN},
    {"z", "Optional[Tensor]", "OT", FLOAT_SPEC, NO_TENSOR},
};
static const aj_argument STATUS_ARGUMENTS[] = {{"status", "int", "i", NULL, NULL}};
static const aj_argument SYMBOL_ARGUMENTS[] = {{"x", "Tensor", "T", N_THREE_SPEC, NULL},
                                               {"y", "Tensor", "T", N_SPEC, NULL}};
static const aj_argument LIST_ARGUMENTS[] = {{"xs", "List[Tensor]", "LT", FLOAT_SPEC, NULL}};
static const aj_argument ANY_ARGUMENTS[] = {{"x", "Tensor", "T", ANY_SPEC, NULL}};
static const aj_argument CONTIGUOUS_ARGUMENTS[] = {{"x", "Tensor", "T", CONTIGUOUS_SPEC, NULL}};
static const aj_argument WRITTEN_ARGUMENTS[] = {{"x", "Tensor", "T", WRITTEN_SPEC, NULL}};

static const aj_entry ENTRIES[] = {
    {.name = "add", .qualified = "add", .signature = "(x: Tensor, y: Tensor) -> Tensor", .argument_count = 2,
     .argument_words = 2, .arguments = ADD_ARGUMENTS, .result = "T", .result_words = 1, .code = add},
    {.name = "everything", .qualified = "everything", .signature = "(n: int, ...) -> Tuple[...]", .argument_count = 9,
     .argument_words = 11, .arguments = EVERYTHING_ARGUMENTS, .result = "(ifbsOiLi(iT)OT)", .result_words = 10,
     .code = everything},
    {.name = "identity", .qualified = "identity", .signature = "(x: Tensor) -> Tensor", .doc = "Returns x.",
     .argument_count = 1, .argument_words = 1, .arguments = ADD_ARGUMENTS, .result = "T", .result_words = 1,
     .code = identity},
    {.name = "fails", .qualified = "fails", .signature = "(status: int) -> None", .argument_count = 1,
     .argument_words = 1, .arguments = STATUS_ARGUMENTS, .result = "n", .code = fails},
    {.name = "static_add", .qualified = "static_add", .signature = "(x: Tensor, y: Tensor) -> Tensor",
     .argument_count = 2, .argument_words = 2, .arguments = STATIC_ARGUMENTS, .result = "T", .result_words = 1,
     .result_tensors = STATIC_SPEC, .code = add},
    {.name = "symbols", .qualified = "symbols", .signature = "(x: Tensor, y: Tensor) -> int", .argument_count = 2,
     .argument_words = 2, .arguments = SYMBOL_ARGUMENTS, .result = "i", .result_words = 1, .symbol_count = 1,
     .symbols = SYMBOLS, .code = symbols},
    {.name = "tensors", .qualified = "tensors", .signature = "(xs: List[Tensor]) -> List[Tensor]", .argument_count = 1,
     .argument_words = 1, .arguments = LIST_ARGUMENTS, .result = "LT", .result_words = 1,
     .code = identity},
    {.name = "big", .qualified = "big", .signature = "(n: int) -> Tensor", .argument_count = 1, .argument_words = 1,
     .arguments = STATUS_ARGUMENTS, .result = "T", .result_words = 1, .code = big},
    {.name = "anything", .qualified = "anything", .signature = "(x: Tensor) -> Tensor", .argument_count = 1,
     .argument_words = 1, .arguments = ANY_ARGUMENTS, .result = "T", .result_words = 1, .code = identity},
    {.name = "row_major", .qualified = "row_major", .signature = "(x: Tensor) -> List[int]", .argument_count = 1,
     .argument_words = 1, .arguments = CONTIGUOUS_ARGUMENTS, .result = "Li", .result_words = 1,
     .code = row_major},
    {.name = "show", .qualified = "show", .signature = "(x: Tensor) -> None", .argument_count = 1,
     .argument_words = 1, .arguments = ANY_ARGUMENTS, .result = "n", .code = show},
    {.name = "fill", .qualified = "fill", .signature = "(x: Tensor) -> None", .argument_count = 1,
     .argument_words = 1, .arguments = WRITTEN_ARGUMENTS, .result = "n", .code = fill},
};

static aj_weights_cell CELL;
const aj_model hand_functions__model = {.abi = AJ_MODEL_ABI, .levels = (1u << AJ_LEVELS) - 1, .entry_count = 12, .name = "hand_functions",
                                        .manifest = "{\"abi\":1}", .handlers = aj_all_handlers, .version = "0", .entries = ENTRIES,
                                        .state_code = "()", .cell = &CELL};

__attribute__((visibility("default"))) void *PyInit_hand_functions(void) {
    return aj_python_init(&hand_functions__model);
}
