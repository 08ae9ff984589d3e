# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The kernels of cs231n/kernels for Python: flat arrays in, one call a part of a pass, without the GIL.

Nothing is checked here: the Python side hands over valid, contiguous arrays. The functions that end with first, last
do that part of their result; see kernels/kernels.h for what a part is, and cs231n/_fast_numpy.py for the same in NumPy.
"""

from cython cimport floating

cdef extern from *:
    """
    /* This file only passes arrays on. Optimizing it would take longer than optimizing all kernels. */
    #if defined(__GNUC__) && !defined(__clang__)
    #pragma GCC optimize("O1")
    #endif
    """


cdef extern from "kernels.h" nogil:
    ctypedef struct conv_shape:
        Py_ssize_t images, channels, height, width, filters, filter_height, filter_width, stride, pad
        Py_ssize_t out_height, out_width

    ctypedef struct pool_shape:
        Py_ssize_t height, width, pool_height, pool_width, stride, out_height, out_width

    ctypedef struct affine_shape:
        Py_ssize_t rows, inputs, outputs

    ctypedef struct float_kernels:
        void (*pack_filters)(const float *, float *, const conv_shape *) noexcept nogil
        void (*pack_flipped)(const float *, float *, const conv_shape *) noexcept nogil
        int (*conv_forward)(const float *, const float *, const float *, float *, const conv_shape *, Py_ssize_t,
                            Py_ssize_t) noexcept nogil
        int (*conv_dx)(const float *, const unsigned char *, const float *, float *, const conv_shape *,
                       Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*conv_dw)(const float *, const float *, float *, float *, const conv_shape *, Py_ssize_t,
                       Py_ssize_t) noexcept nogil
        int (*conv_relu_pool)(const float *, const float *, const float *, float *, unsigned char *,
                              const conv_shape *, Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*conv_relu_pool_dw)(const float *, const float *, const unsigned char *, float *, float *,
                                 const conv_shape *, Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*max_pool)(const float *, float *, int *, const pool_shape *, Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*max_pool_dx)(const float *, const int *, float *, const pool_shape *, Py_ssize_t,
                            Py_ssize_t) noexcept nogil
        void (*tile_pool)(const float *, float *, unsigned char *, const pool_shape *, Py_ssize_t,
                          Py_ssize_t) noexcept nogil
        void (*tile_pool_dx)(const float *, const unsigned char *, float *, const pool_shape *, Py_ssize_t,
                             Py_ssize_t) noexcept nogil
        int (*affine_forward)(const float *, const float *, const float *, float *, const affine_shape *,
                              Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*affine_dx)(const float *, const float *, float *, const affine_shape *,
                         Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*affine_dw)(const float *, const float *, float *, const affine_shape *,
                         Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*sgd)(float *, const float *, float, Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*sgd_momentum)(float *, const float *, float *, float, float, Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*rmsprop)(float *, const float *, float *, float, float, float, float, Py_ssize_t,
                        Py_ssize_t) noexcept nogil
        void (*adam)(float *, const float *, float *, float *, float, float, float, float, float, float,
                     Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*all_finite)(const float *, Py_ssize_t) noexcept nogil
        Py_ssize_t (*multiply_adds)(Py_ssize_t) noexcept nogil
        int (*winograd_filters)(const float *, float *, const conv_shape *, int) noexcept nogil
        int (*winograd)(const float *, const float *, const float *, float *, float *, const conv_shape *,
                        Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*winograd_dw)(const float *, const float *, float *, float *, const conv_shape *, Py_ssize_t,
                           Py_ssize_t) noexcept nogil

    ctypedef struct double_kernels:
        void (*pack_filters)(const double *, double *, const conv_shape *) noexcept nogil
        void (*pack_flipped)(const double *, double *, const conv_shape *) noexcept nogil
        int (*conv_forward)(const double *, const double *, const double *, double *, const conv_shape *,
                            Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*conv_dx)(const double *, const unsigned char *, const double *, double *, const conv_shape *,
                       Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*conv_dw)(const double *, const double *, double *, double *, const conv_shape *, Py_ssize_t,
                       Py_ssize_t) noexcept nogil
        int (*conv_relu_pool)(const double *, const double *, const double *, double *, unsigned char *,
                              const conv_shape *, Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*conv_relu_pool_dw)(const double *, const double *, const unsigned char *, double *, double *,
                                 const conv_shape *, Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*max_pool)(const double *, double *, int *, const pool_shape *, Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*max_pool_dx)(const double *, const int *, double *, const pool_shape *, Py_ssize_t,
                            Py_ssize_t) noexcept nogil
        void (*tile_pool)(const double *, double *, unsigned char *, const pool_shape *, Py_ssize_t,
                          Py_ssize_t) noexcept nogil
        void (*tile_pool_dx)(const double *, const unsigned char *, double *, const pool_shape *, Py_ssize_t,
                             Py_ssize_t) noexcept nogil
        int (*affine_forward)(const double *, const double *, const double *, double *, const affine_shape *,
                              Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*affine_dx)(const double *, const double *, double *, const affine_shape *,
                         Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*affine_dw)(const double *, const double *, double *, const affine_shape *,
                         Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*sgd)(double *, const double *, double, Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*sgd_momentum)(double *, const double *, double *, double, double, Py_ssize_t, Py_ssize_t) noexcept nogil
        void (*rmsprop)(double *, const double *, double *, double, double, double, double, Py_ssize_t,
                        Py_ssize_t) noexcept nogil
        void (*adam)(double *, const double *, double *, double *, double, double, double, double, double, double,
                     Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*all_finite)(const double *, Py_ssize_t) noexcept nogil
        Py_ssize_t (*multiply_adds)(Py_ssize_t) noexcept nogil
        int (*winograd_filters)(const double *, double *, const conv_shape *, int) noexcept nogil
        int (*winograd)(const double *, const double *, const double *, double *, double *, const conv_shape *,
                        Py_ssize_t, Py_ssize_t) noexcept nogil
        int (*winograd_dw)(const double *, const double *, double *, double *, const conv_shape *, Py_ssize_t,
                           Py_ssize_t) noexcept nogil

    ctypedef struct kernel_build:
        const char *name
        Py_ssize_t float_lanes, double_lanes
        float_kernels of_float
        double_kernels of_double

    const kernel_build *find_kernels(const char *name)
    int c_current_core "current_core"()


cdef const kernel_build *build = NULL

BUILDS = tuple(name for name in ("avx512", "avx2", "baseline") if find_kernels(name.encode()) != NULL)


def use(str name):
    """Take this one of BUILDS from now on."""
    global build
    cdef const kernel_build *found = find_kernels(name.encode())
    if found == NULL:
        raise ValueError(f"this processor cannot run a build {name!r}; it can run {', '.join(BUILDS)}")
    build = found


def in_use():
    """Name of the build in use."""
    return build.name.decode()


use(BUILDS[0])


cdef inline int finish(int status) except -1:
    if status:
        raise MemoryError("cs231n.fast_layers: no memory for copies in the cache")
    return 0


cdef inline conv_shape conv(tuple shape) except *:
    """(N, C, H, W, F, HH, WW, stride, pad, H', W') as a C struct."""
    cdef conv_shape s
    (s.images, s.channels, s.height, s.width, s.filters, s.filter_height, s.filter_width, s.stride, s.pad,
     s.out_height, s.out_width) = shape
    return s


cdef inline pool_shape pool(tuple shape) except *:
    """(H, W, pool height, pool width, stride, H', W') as a C struct."""
    cdef pool_shape s
    s.height, s.width, s.pool_height, s.pool_width, s.stride, s.out_height, s.out_width = shape
    return s


cdef inline affine_shape affine_of(tuple shape) except *:
    """(N, D, M) as a C struct."""
    cdef affine_shape s
    s.rows, s.inputs, s.outputs = shape
    return s


def pack_filters(const floating[::1] w, floating[::1] packed, tuple shape):
    cdef conv_shape s = conv(shape)
    if floating is float:
        build.of_float.pack_filters(&w[0], &packed[0], &s)
    else:
        build.of_double.pack_filters(&w[0], &packed[0], &s)


def pack_flipped(const floating[::1] w, floating[::1] flipped, tuple shape):
    cdef conv_shape s = conv(shape)
    if floating is float:
        build.of_float.pack_flipped(&w[0], &flipped[0], &s)
    else:
        build.of_double.pack_flipped(&w[0], &flipped[0], &s)


def conv_forward(const floating[::1] x, const floating[::1] packed, const floating[::1] b, floating[::1] out,
                 tuple shape, Py_ssize_t first, Py_ssize_t last):
    cdef conv_shape s = conv(shape)
    cdef int status
    with nogil:
        if floating is float:
            status = build.of_float.conv_forward(&x[0], &packed[0], &b[0], &out[0], &s, first, last)
        else:
            status = build.of_double.conv_forward(&x[0], &packed[0], &b[0], &out[0], &s, first, last)
    finish(status)


def conv_dx(const floating[::1] dout, const unsigned char[::1] numbers, const floating[::1] flipped,
            floating[::1] dx, tuple shape, Py_ssize_t first, Py_ssize_t last):
    """numbers is None for an upstream gradient of the convolution itself, else that of its fused pooling."""
    cdef conv_shape s = conv(shape)
    cdef int status
    cdef const unsigned char *number = NULL
    if numbers is not None:
        number = &numbers[0]
    with nogil:
        if floating is float:
            status = build.of_float.conv_dx(&dout[0], number, &flipped[0], &dx[0], &s, first, last)
        else:
            status = build.of_double.conv_dx(&dout[0], number, &flipped[0], &dx[0], &s, first, last)
    finish(status)


def conv_dw(const floating[::1] x, const floating[::1] dout, floating[::1] dw, floating[::1] db, tuple shape,
            Py_ssize_t first, Py_ssize_t last):
    cdef conv_shape s = conv(shape)
    cdef int status
    with nogil:
        if floating is float:
            status = build.of_float.conv_dw(&x[0], &dout[0], &dw[0], &db[0], &s, first, last)
        else:
            status = build.of_double.conv_dw(&x[0], &dout[0], &dw[0], &db[0], &s, first, last)
    finish(status)


def conv_relu_pool(const floating[::1] x, const floating[::1] packed, const floating[::1] b, floating[::1] out,
                   unsigned char[::1] numbers, tuple shape, Py_ssize_t first, Py_ssize_t last):
    cdef conv_shape s = conv(shape)
    cdef int status
    with nogil:
        if floating is float:
            status = build.of_float.conv_relu_pool(&x[0], &packed[0], &b[0], &out[0], &numbers[0], &s, first, last)
        else:
            status = build.of_double.conv_relu_pool(&x[0], &packed[0], &b[0], &out[0], &numbers[0], &s, first, last)
    finish(status)


def conv_relu_pool_dw(const floating[::1] x, const floating[::1] dout, const unsigned char[::1] numbers,
                      floating[::1] dw, floating[::1] db, tuple shape, Py_ssize_t first, Py_ssize_t last):
    cdef conv_shape s = conv(shape)
    cdef int status
    with nogil:
        if floating is float:
            status = build.of_float.conv_relu_pool_dw(&x[0], &dout[0], &numbers[0], &dw[0], &db[0], &s, first, last)
        else:
            status = build.of_double.conv_relu_pool_dw(&x[0], &dout[0], &numbers[0], &dw[0], &db[0], &s, first, last)
    finish(status)


def winograd_filters(const floating[::1] w, floating[::1] transformed, tuple shape, bint flipped):
    cdef conv_shape s = conv(shape)
    if floating is float:
        finish(build.of_float.winograd_filters(&w[0], &transformed[0], &s, flipped))
    else:
        finish(build.of_double.winograd_filters(&w[0], &transformed[0], &s, flipped))


def winograd(const floating[::1] x, const floating[::1] transformed, const floating[::1] b, floating[::1] out,
             floating[::1] marks, tuple shape, Py_ssize_t first, Py_ssize_t last):
    cdef conv_shape s = conv(shape)
    cdef int status
    with nogil:
        if floating is float:
            status = build.of_float.winograd(&x[0], &transformed[0], &b[0], &out[0], &marks[0], &s, first, last)
        else:
            status = build.of_double.winograd(&x[0], &transformed[0], &b[0], &out[0], &marks[0], &s, first, last)
    finish(status)


def winograd_dw(const floating[::1] x, const floating[::1] dout, floating[::1] dw, floating[::1] db, tuple shape,
                Py_ssize_t first, Py_ssize_t last):
    cdef conv_shape s = conv(shape)
    cdef int status
    with nogil:
        if floating is float:
            status = build.of_float.winograd_dw(&x[0], &dout[0], &dw[0], &db[0], &s, first, last)
        else:
            status = build.of_double.winograd_dw(&x[0], &dout[0], &dw[0], &db[0], &s, first, last)
    finish(status)


def max_pool(const floating[::1] x, floating[::1] out, int[::1] places, tuple shape, Py_ssize_t first,
             Py_ssize_t last):
    cdef pool_shape s = pool(shape)
    with nogil:
        if floating is float:
            build.of_float.max_pool(&x[0], &out[0], &places[0], &s, first, last)
        else:
            build.of_double.max_pool(&x[0], &out[0], &places[0], &s, first, last)


def max_pool_dx(const floating[::1] dout, const int[::1] places, floating[::1] dx, tuple shape, Py_ssize_t first,
                Py_ssize_t last):
    cdef pool_shape s = pool(shape)
    with nogil:
        if floating is float:
            build.of_float.max_pool_dx(&dout[0], &places[0], &dx[0], &s, first, last)
        else:
            build.of_double.max_pool_dx(&dout[0], &places[0], &dx[0], &s, first, last)


def tile_pool(const floating[::1] x, floating[::1] out, unsigned char[::1] numbers, tuple shape, Py_ssize_t first,
              Py_ssize_t last):
    cdef pool_shape s = pool(shape)
    with nogil:
        if floating is float:
            build.of_float.tile_pool(&x[0], &out[0], &numbers[0], &s, first, last)
        else:
            build.of_double.tile_pool(&x[0], &out[0], &numbers[0], &s, first, last)


def tile_pool_dx(const floating[::1] dout, const unsigned char[::1] numbers, floating[::1] dx, tuple shape,
                 Py_ssize_t first, Py_ssize_t last):
    cdef pool_shape s = pool(shape)
    with nogil:
        if floating is float:
            build.of_float.tile_pool_dx(&dout[0], &numbers[0], &dx[0], &s, first, last)
        else:
            build.of_double.tile_pool_dx(&dout[0], &numbers[0], &dx[0], &s, first, last)


def lanes(bint of_double):
    """Numbers in a register of the build in use."""
    return build.double_lanes if of_double else build.float_lanes


def affine(const floating[::1] x, const floating[::1] w, const floating[::1] b, floating[::1] out,
           tuple shape, Py_ssize_t first, Py_ssize_t last):
    cdef affine_shape s = affine_of(shape)
    cdef int status
    with nogil:
        if floating is float:
            status = build.of_float.affine_forward(&x[0], &w[0], &b[0], &out[0], &s, first, last)
        else:
            status = build.of_double.affine_forward(&x[0], &w[0], &b[0], &out[0], &s, first, last)
    finish(status)


def affine_dx(const floating[::1] dout, const floating[::1] w, floating[::1] dx, tuple shape,
              Py_ssize_t first, Py_ssize_t last):
    cdef affine_shape s = affine_of(shape)
    cdef int status
    with nogil:
        if floating is float:
            status = build.of_float.affine_dx(&dout[0], &w[0], &dx[0], &s, first, last)
        else:
            status = build.of_double.affine_dx(&dout[0], &w[0], &dx[0], &s, first, last)
    finish(status)


def affine_dw(const floating[::1] x, const floating[::1] dout, floating[::1] dw, tuple shape,
              Py_ssize_t first, Py_ssize_t last):
    cdef affine_shape s = affine_of(shape)
    cdef int status
    with nogil:
        if floating is float:
            status = build.of_float.affine_dw(&x[0], &dout[0], &dw[0], &s, first, last)
        else:
            status = build.of_double.affine_dw(&x[0], &dout[0], &dw[0], &s, first, last)
    finish(status)


def sgd_step(floating[::1] w, const floating[::1] dw, double rate, Py_ssize_t first, Py_ssize_t last):
    with nogil:
        if floating is float:
            build.of_float.sgd(&w[0], &dw[0], rate, first, last)
        else:
            build.of_double.sgd(&w[0], &dw[0], rate, first, last)


def momentum_step(floating[::1] w, const floating[::1] dw, floating[::1] velocity, double rate, double momentum,
                  Py_ssize_t first, Py_ssize_t last):
    with nogil:
        if floating is float:
            build.of_float.sgd_momentum(&w[0], &dw[0], &velocity[0], rate, momentum, first, last)
        else:
            build.of_double.sgd_momentum(&w[0], &dw[0], &velocity[0], rate, momentum, first, last)


def rmsprop_step(floating[::1] w, const floating[::1] dw, floating[::1] cache, double rate, double decay_rate,
                 double one_minus_decay_rate, double epsilon, Py_ssize_t first, Py_ssize_t last):
    with nogil:
        if floating is float:
            build.of_float.rmsprop(&w[0], &dw[0], &cache[0], rate, decay_rate, one_minus_decay_rate, epsilon,
                                   first, last)
        else:
            build.of_double.rmsprop(&w[0], &dw[0], &cache[0], rate, decay_rate, one_minus_decay_rate, epsilon,
                                    first, last)


def adam_step(floating[::1] w, const floating[::1] dw, floating[::1] m, floating[::1] v, double rate, double beta1,
              double one_minus_beta1, double beta2, double one_minus_beta2, double epsilon, Py_ssize_t first,
              Py_ssize_t last):
    with nogil:
        if floating is float:
            build.of_float.adam(&w[0], &dw[0], &m[0], &v[0], rate, beta1, one_minus_beta1, beta2,
                                one_minus_beta2, epsilon, first, last)
        else:
            build.of_double.adam(&w[0], &dw[0], &m[0], &v[0], rate, beta1, one_minus_beta1, beta2,
                                 one_minus_beta2, epsilon, first, last)


def all_finite(const floating[::1] x):
    """Whether no number is infinite or NaN."""
    if x.shape[0] == 0:
        return True
    if floating is float:
        return build.of_float.all_finite(&x[0], x.shape[0]) != 0
    else:
        return build.of_double.all_finite(&x[0], x.shape[0]) != 0


def multiply_adds(Py_ssize_t rounds, bint of_double):
    """Do rounds of multiply-adds on registers alone; return how many there were in all."""
    if of_double:
        return rounds * build.of_double.multiply_adds(rounds)
    return rounds * build.of_float.multiply_adds(rounds)


def current_core():
    """Number of the core that this thread runs on, or -1 where that can't be told."""
    return c_current_core()
