/* A library of one module with mutable state, as codegen would emit it for
 *
 *     class Counter(nn.Module):
 *         calls: int = 0
 *         seen: Tensor = tensor([10., 20.])
 *         def forward(self, x: Tensor) -> int: self.calls += 1; self.seen = x; return self.calls
 *         def last(self) -> Tensor: return self.seen
 */
#include "hand_model.h"
#include "instance.h"

static int32_t forward(aj_instance *self, const aj_word *in, aj_word *out) {
    aj_word kept;
    int32_t status = aj_own(self, "T", in, &kept);
    if (status) return status;
    aj_release(self, AS_POINTER(aj_object, self->state[1]));
    self->state[1] = kept;
    out[0] = ++self->state[0];
    return AJ_OK;
}

static int32_t last(aj_instance *self, const aj_word *in, aj_word *out) {
    (void)in;
    aj_retain(AS_POINTER(aj_object, self->state[1]));
    out[0] = self->state[1];
    return AJ_OK;
}

static float SEEN[] = {10, 20};
static aj_tensor SEEN_TENSOR = {.head = {-1, AJ_TENSOR, 0}, .dtype = AJ_F32, .ndim = 1, .data = SEEN, .numel = 2,
                                .sizes = {2}, .strides = {1}};
static aj_word STATE[2];

static const aj_argument ARGUMENTS[] = {{"x", "Tensor", "T", FLOAT_SPEC, NULL}};
static const aj_entry ENTRIES[] = {
    {.name = "forward", .qualified = "Counter.forward", .signature = "(x: Tensor) -> int", .argument_count = 1,
     .argument_words = 1, .arguments = ARGUMENTS, .result = "i", .result_words = 1, .code = forward},
    {.name = "last", .qualified = "Counter.last", .signature = "() -> Tensor", .result = "T", .result_words = 1,
     .code = last},
};

static aj_weights_cell CELL;
const aj_model hand_module__model = {.abi = AJ_MODEL_ABI, .levels = (1u << AJ_LEVELS) - 1, .entry_count = 2, .name = "hand_module",
                                     .class_name = "Counter", .manifest = "{\"graph\":\"the graph\"}", .version = "0",
                                     .handlers = aj_all_handlers, .state_functions = &aj_mutable_state,
                                     .entries = ENTRIES, .state_words = 2, .state_code = "(iT)", .state = STATE,
                                     .cell = &CELL};

__attribute__((visibility("default"))) void *PyInit_hand_module(void) {
    STATE[1] = AS_WORD(&SEEN_TENSOR); /* codegen writes this as a relocation */
    return aj_python_init(&hand_module__model);
}
