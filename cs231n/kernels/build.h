/* One build of all kernels, for float and for double. The .c file that includes this selects the processor:
 * BUILD is its name, VECTOR_BYTES the width of a register, REGISTERS the number of registers. */

#if !defined(__GNUC__)
#error "The kernels need gcc or clang, for their vector extensions. Without them the NumPy twin serves."
#endif

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))
/* Loops over the registers of a tile must be unrolled: an array stays in registers only if no index is computed. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* Keeps a loaded value in its register; otherwise compilers load it again for every use. */
#if defined(__x86_64__)
#define KEEP(value) __asm__("" : "+" VECTOR_REGISTER(value))
#elif defined(__aarch64__)
#define KEEP(value) __asm__("" : "+w"(value))
#else
#define KEEP(value) ((void)0)
#endif

/* Shapes of the tiles: their sums and operands fill the registers. */
#if REGISTERS == 32
#define VECTOR_REGISTER "v"
#define MAX_ROWS 8
#define AFFINE_VECTORS 3
#define VECTORS_FOR_ROWS {8, 8, 8, 6, 4, 4, 3, 3}
#define FOR_EACH_TILE(X) \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) \
    X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6) X(2, 7) X(2, 8) \
    X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(3, 5) X(3, 6) X(3, 7) X(3, 8) \
    X(4, 1) X(4, 2) X(4, 3) X(4, 4) X(4, 5) X(4, 6) \
    X(5, 1) X(5, 2) X(5, 3) X(5, 4) X(6, 1) X(6, 2) X(6, 3) X(6, 4) \
    X(7, 1) X(7, 2) X(7, 3) X(8, 1) X(8, 2) X(8, 3)
#define FOR_EACH_FILTER_TILE(X) \
    X(1, 1) X(1, 2) X(1, 3) X(2, 1) X(2, 2) X(2, 3) X(3, 1) X(3, 2) X(3, 3) X(4, 1) X(4, 2) X(4, 3) \
    X(5, 1) X(5, 2) X(5, 3) X(6, 1) X(6, 2) X(6, 3) X(7, 1) X(7, 2) X(7, 3) X(8, 1) X(8, 2) X(8, 3)
#define DW_FILTERS 4
#define DW_TAPS 6
#define FOR_EACH_DW_TILE(X) \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6) \
    X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(3, 5) X(3, 6) X(4, 1) X(4, 2) X(4, 3) X(4, 4) X(4, 5) X(4, 6)
#else
#define VECTOR_REGISTER "x"
#define MAX_ROWS 6
#define AFFINE_VECTORS 2
#define VECTORS_FOR_ROWS {6, 5, 4, 3, 2, 2}
#define FOR_EACH_TILE(X) \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(2, 5) \
    X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(4, 1) X(4, 2) X(4, 3) X(5, 1) X(5, 2) X(6, 1) X(6, 2)
#define FOR_EACH_FILTER_TILE(X) \
    X(1, 1) X(1, 2) X(2, 1) X(2, 2) X(3, 1) X(3, 2) X(4, 1) X(4, 2) X(5, 1) X(5, 2) X(6, 1) X(6, 2)
#define DW_FILTERS 3
#define DW_TAPS 4
#define FOR_EACH_DW_TILE(X) \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(3, 1) X(3, 2) X(3, 3) X(3, 4)
#endif

#define MAX_VECTORS 8

/* Numbers in a register. They become parts of names, so they are written out. */
#if VECTOR_BYTES == 64
#define FLOAT_LANES 16
#define DOUBLE_LANES 8
#elif VECTOR_BYTES == 32
#define FLOAT_LANES 8
#define DOUBLE_LANES 4
#else
#define FLOAT_LANES 4
#define DOUBLE_LANES 2
#endif

#include "geometry.h"
#include "prefetch.h"
#include "winograd_tiles.h"

#define REAL float
#define INTEGER int32_t
#define SQRT sqrtf
#define LANES FLOAT_LANES
#define NAME(name) name##_float
#include "kernels_of_one_type.h"
#undef REAL
#undef INTEGER
#undef SQRT
#undef LANES
#undef NAME

#define REAL double
#define INTEGER int64_t
#define SQRT sqrt
#define LANES DOUBLE_LANES
#define NAME(name) name##_double
#include "kernels_of_one_type.h"
#undef REAL
#undef INTEGER
#undef SQRT
#undef LANES
#undef NAME

#define JOIN(a, b) a##b
#define JOINED(a, b) JOIN(a, b)
#define QUOTE(name) #name
#define QUOTED(name) QUOTE(name)

#define KERNELS(type) \
    {pack_filters_##type, pack_flipped_##type, conv_forward_##type, conv_dx_##type, conv_dw_##type, \
     conv_relu_pool_##type, conv_relu_pool_dw_##type, max_pool_##type, max_pool_dx_##type, tile_pool_##type, \
     tile_pool_dx_##type, affine_forward_##type, affine_dx_##type, affine_dw_##type, sgd_##type, \
     sgd_momentum_##type, rmsprop_##type, adam_##type, all_finite_##type, multiply_adds_##type, \
     winograd_filters_##type, winograd_##type, winograd_dw_##type}

const kernel_build JOINED(kernels_, BUILD) = {
    QUOTED(BUILD), FLOAT_LANES, DOUBLE_LANES, KERNELS(float), KERNELS(double),
};
