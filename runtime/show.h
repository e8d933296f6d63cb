/* A tensor as torch's C++ side prints it. */
#ifndef AJ_SHOW_H
#define AJ_SHOW_H

#include "text.h"

int32_t aj_show_tensor(aj_text *text, const aj_tensor *t);

#endif
