/* The builds, and the choice of those that this processor can run. */
#define _GNU_SOURCE
#include <string.h>
#if defined(__linux__)
#include <sched.h>
#endif

#include "kernels.h"

extern const kernel_build kernels_baseline;
#if defined(__x86_64__)
extern const kernel_build kernels_avx2, kernels_avx512;
#endif

/* The build of that name, or NULL if it does not exist, or the processor or operating system cannot run it. */
const kernel_build *find_kernels(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        return &kernels_avx512;
    if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &kernels_avx2;
#endif
    return strcmp(name, "baseline") == 0 ? &kernels_baseline : NULL;
}

/* The core that this thread runs on, or -1 if unknown. */
int current_core(void) {
#if defined(__linux__)
    return sched_getcpu();
#else
    return -1;
#endif
}
