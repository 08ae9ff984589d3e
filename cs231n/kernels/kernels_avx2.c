/* For x86 processors with AVX2 and FMA. The pragma reaches every function below, and this file alone. */
#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define BUILD avx2
#define VECTOR_BYTES 32
#define REGISTERS 16
#include "build.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
