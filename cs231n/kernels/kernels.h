/* The kernels behind cs231n.fast_layers, as the Cython module sees them.
 *
 * Every kernel exists for float and for double, in several builds of the same source: one for any processor, others
 * for processors with wider vectors. find_kernels() returns a build by its name. A kernel checks nothing: it expects
 * valid, contiguous arrays. It computes the part from `first` to before `last` of its result, so that threads can
 * share a pass. The parts are independent, so the result is bitwise the same for any number of threads. A kernel that
 * returns an int returns 0, or -1 if memory runs out.
 */
#ifndef CS231N_KERNELS_H
#define CS231N_KERNELS_H

#include <stddef.h>

typedef struct {
    ptrdiff_t images, channels, height, width;       /* x   (N, C, H, W) */
    ptrdiff_t filters, filter_height, filter_width;  /* w   (F, C, HH, WW) */
    ptrdiff_t stride, pad;
    ptrdiff_t out_height, out_width;                 /* out (N, F, H', W') */
} conv_shape;

typedef struct {
    ptrdiff_t height, width;                         /* a plane of x   (H, W) */
    ptrdiff_t pool_height, pool_width, stride;
    ptrdiff_t out_height, out_width;                 /* a plane of out (H', W') */
} pool_shape;

typedef struct {
    ptrdiff_t rows, inputs, outputs;                 /* x (N, D), w (D, M): N, D, M */
} affine_shape;

#define DECLARE_KERNELS(REAL, NAME) \
    typedef struct { \
        /* the weights in the order of the forward pass and of dx; packed has room for whole registers of filters \
         * (in dx of channels) for each term, and for one register more */ \
        void (*pack_filters)(const REAL *w, REAL *packed, const conv_shape *shape); \
        void (*pack_flipped)(const REAL *w, REAL *flipped, const conv_shape *shape); \
        /* parts are images, but filters in dw */ \
        int (*conv_forward)(const REAL *x, const REAL *packed, const REAL *b, REAL *out, const conv_shape *shape, \
                            ptrdiff_t first, ptrdiff_t last); \
        int (*conv_dx)(const REAL *dout, const unsigned char *numbers, const REAL *flipped, REAL *dx, \
                       const conv_shape *shape, ptrdiff_t first, ptrdiff_t last); \
        int (*conv_dw)(const REAL *x, const REAL *dout, REAL *dw, REAL *db, const conv_shape *shape, \
                       ptrdiff_t first, ptrdiff_t last); \
        int (*conv_relu_pool)(const REAL *x, const REAL *packed, const REAL *b, REAL *out, unsigned char *numbers, \
                              const conv_shape *shape, ptrdiff_t first, ptrdiff_t last); \
        int (*conv_relu_pool_dw)(const REAL *x, const REAL *dout, const unsigned char *numbers, REAL *dw, REAL *db, \
                                 const conv_shape *shape, ptrdiff_t first, ptrdiff_t last); \
        /* parts are planes */ \
        void (*max_pool)(const REAL *x, REAL *out, int *places, const pool_shape *shape, ptrdiff_t first, \
                         ptrdiff_t last); \
        void (*max_pool_dx)(const REAL *dout, const int *places, REAL *dx, const pool_shape *shape, ptrdiff_t first, \
                            ptrdiff_t last); \
        void (*tile_pool)(const REAL *x, REAL *out, unsigned char *numbers, const pool_shape *shape, ptrdiff_t first, \
                          ptrdiff_t last); \
        void (*tile_pool_dx)(const REAL *dout, const unsigned char *numbers, REAL *dx, const pool_shape *shape, \
                             ptrdiff_t first, ptrdiff_t last); \
        /* parts are registers of columns of out, but rows of w in dx and dw */ \
        int (*affine_forward)(const REAL *x, const REAL *w, const REAL *b, REAL *out, const affine_shape *shape, \
                              ptrdiff_t first, ptrdiff_t last); \
        int (*affine_dx)(const REAL *dout, const REAL *w, REAL *dx, const affine_shape *shape, ptrdiff_t first, \
                         ptrdiff_t last); \
        int (*affine_dw)(const REAL *x, const REAL *dout, REAL *dw, const affine_shape *shape, ptrdiff_t first, \
                         ptrdiff_t last); \
        /* parts are parameters */ \
        void (*sgd)(REAL *w, const REAL *dw, REAL rate, ptrdiff_t first, ptrdiff_t last); \
        void (*sgd_momentum)(REAL *w, const REAL *dw, REAL *velocity, REAL rate, REAL momentum, ptrdiff_t first, \
                             ptrdiff_t last); \
        void (*rmsprop)(REAL *w, const REAL *dw, REAL *cache, REAL rate, REAL decay_rate, REAL one_minus_decay_rate, \
                        REAL epsilon, ptrdiff_t first, ptrdiff_t last); \
        void (*adam)(REAL *w, const REAL *dw, REAL *m, REAL *v, REAL rate, REAL beta1, REAL one_minus_beta1, \
                     REAL beta2, REAL one_minus_beta2, REAL epsilon, ptrdiff_t first, ptrdiff_t last); \
        int (*all_finite)(const REAL *x, ptrdiff_t size); \
        /* does rounds of multiply-adds on registers alone; returns the multiply-adds per round */ \
        ptrdiff_t (*multiply_adds)(ptrdiff_t rounds); \
        /* 3 x 3 filters with stride 1. U has 36 numbers per weight, for a number of filters filled up to a multiple of \
           16, and 16 more; marks become NaN for images with outputs that are infinite or NaN; parts are images, also \
           in dw, whose parts the caller adds up */ \
        int (*winograd_filters)(const REAL *w, REAL *U, const conv_shape *shape, int flipped); \
        int (*winograd)(const REAL *x, const REAL *U, const REAL *b, REAL *out, REAL *marks, \
                        const conv_shape *shape, ptrdiff_t first, ptrdiff_t last); \
        int (*winograd_dw)(const REAL *x, const REAL *dout, REAL *dw, REAL *db, const conv_shape *shape, \
                           ptrdiff_t first, ptrdiff_t last); \
    } NAME;

DECLARE_KERNELS(float, float_kernels)
DECLARE_KERNELS(double, double_kernels)

typedef struct {
    const char *name;                     /* "avx512", "avx2" or "baseline" */
    ptrdiff_t float_lanes, double_lanes;  /* numbers in a register */
    float_kernels of_float;
    double_kernels of_double;
} kernel_build;

const kernel_build *find_kernels(const char *name);
int current_core(void);

#endif
