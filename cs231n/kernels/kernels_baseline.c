/* For every processor: SSE2 on x86, NEON on ARM. */
#define BUILD baseline
#define VECTOR_BYTES 16
#if defined(__aarch64__)
#define REGISTERS 32
#else
#define REGISTERS 16
#endif
#include "build.h"
