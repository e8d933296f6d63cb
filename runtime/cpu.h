/* Which ISA level this CPU and operating system run. */
#ifndef AJ_CPU_H
#define AJ_CPU_H

#include <stdint.h>

int32_t aj_cpu_level(void); /* enum aj_level; -1 below x86-64-v2 */

#endif
