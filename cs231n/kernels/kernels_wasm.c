/* For WebAssembly: a library that Python in a browser loads, and to which it gives malloc, calloc and free. */
#define BUILD wasm
#define VECTOR_BYTES 16
#define REGISTERS 16
#include "build.h"

__attribute__((visibility("default"))) const kernel_build *find_build(void) { return &kernels_wasm; }
