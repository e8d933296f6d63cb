/* A model without functions: what an instance needs where only the runtime's own functions are called. */
#include "model.h"

static aj_weights_cell CELL;

extern const aj_model EMPTY_MODEL;
const aj_model EMPTY_MODEL = {.abi = AJ_MODEL_ABI, .name = "empty", .state_code = "()",
                              .levels = 1u << AJ_LEVEL_V2 | 1u << AJ_LEVEL_V3 | 1u << AJ_LEVEL_V4, .cell = &CELL,
                              .handlers = aj_all_handlers};
