/* For x86 processors with AVX-512. The pragma reaches every function below, and this file alone. */
#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")
#endif
#define BUILD avx512
#define VECTOR_BYTES 64
#define REGISTERS 32
#include "build.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
