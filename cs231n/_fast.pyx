# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Private kernels of cs231n.fast_layers. They check nothing: the Python side hands them valid, contiguous arrays.

Typed memoryviews only, so building needs no NumPy headers. cs231n/_fast_numpy.py is the same in NumPy.
"""

from cython cimport floating
from libc.string cimport memcpy, memset


cdef inline Py_ssize_t first_inside(Py_ssize_t offset, Py_ssize_t stride) noexcept nogil:
    """Smallest i >= 0 with i * stride + offset >= 0."""
    return 0 if offset >= 0 else (-offset + stride - 1) // stride


cdef inline Py_ssize_t last_inside(Py_ssize_t offset, Py_ssize_t stride, Py_ssize_t size, Py_ssize_t n) noexcept nogil:
    """Number of leading i < n with i * stride + offset < size."""
    cdef Py_ssize_t count
    if offset >= size:
        return 0
    count = (size - 1 - offset) // stride + 1
    return count if count < n else n


def im2col(const floating[:, :, :, ::1] x, floating[:, :, :, :, :, ::1] cols, Py_ssize_t stride, Py_ssize_t pad):
    """Copy every window of x (N, C, H, W) into cols (N, C, HH, WW, H', W'); outside x there are zeros."""
    cdef Py_ssize_t N = cols.shape[0], C = cols.shape[1], HH = cols.shape[2], WW = cols.shape[3]
    cdef Py_ssize_t out_h = cols.shape[4], out_w = cols.shape[5], H = x.shape[2], W = x.shape[3]
    cdef Py_ssize_t n, c, i, j, row, col, h, shift, lo, hi
    cdef const floating *source
    cdef floating *target
    if N * C * HH * WW * out_h * out_w == 0:
        return
    with nogil:
        for n in range(N):
            for c in range(C):
                for i in range(HH):
                    for j in range(WW):
                        shift = j - pad
                        hi = last_inside(shift, stride, W, out_w)
                        lo = first_inside(shift, stride)
                        if lo > hi:
                            lo = hi
                        for row in range(out_h):
                            target = &cols[n, c, i, j, row, 0]
                            h = row * stride + i - pad
                            if h < 0 or h >= H or hi == 0:
                                memset(target, 0, out_w * sizeof(floating))
                                continue
                            source = &x[n, c, h, 0]
                            for col in range(lo):
                                target[col] = 0
                            if stride == 1:
                                memcpy(target + lo, source + lo + shift, (hi - lo) * sizeof(floating))
                            else:
                                for col in range(lo, hi):
                                    target[col] = source[col * stride + shift]
                            for col in range(hi, out_w):
                                target[col] = 0


def col2im(const floating[:, :, :, :, :, ::1] cols, floating[:, :, :, ::1] dx, Py_ssize_t stride, Py_ssize_t pad):
    """Add every window of cols (N, C, HH, WW, H', W') to its place in dx (N, C, H, W): the adjoint of im2col."""
    cdef Py_ssize_t N = cols.shape[0], C = cols.shape[1], HH = cols.shape[2], WW = cols.shape[3]
    cdef Py_ssize_t out_h = cols.shape[4], out_w = cols.shape[5], H = dx.shape[2], W = dx.shape[3]
    cdef Py_ssize_t n, c, i, j, row, col, h, shift, lo, hi
    cdef const floating *source
    cdef floating *target
    if N * C * HH * WW * out_h * out_w == 0:
        return
    with nogil:
        for n in range(N):
            for c in range(C):
                for i in range(HH):
                    for j in range(WW):
                        shift = j - pad
                        hi = last_inside(shift, stride, W, out_w)
                        lo = first_inside(shift, stride)
                        if lo >= hi:
                            continue
                        for row in range(out_h):
                            h = row * stride + i - pad
                            if h < 0 or h >= H:
                                continue
                            source = &cols[n, c, i, j, row, 0]
                            target = &dx[n, c, h, 0]
                            if stride == 1:
                                target += shift
                                for col in range(lo, hi):
                                    target[col] += source[col]
                            else:
                                for col in range(lo, hi):
                                    target[col * stride + shift] += source[col]


def max_pool_forward(const floating[:, :, ::1] x, floating[:, :, ::1] out, int[:, :, ::1] index,
                     Py_ssize_t height, Py_ssize_t width, Py_ssize_t stride):
    """Fill out (P, H', W') with the maxima of the windows of planes x (P, H, W), index with their place in the plane.

    The first maximum of a window counts; a NaN counts as larger than any number, as in NumPy.
    """
    cdef Py_ssize_t P = out.shape[0], out_h = out.shape[1], out_w = out.shape[2], W = x.shape[2]
    cdef Py_ssize_t p, row, col, i
    cdef int place, first, best_place, better
    cdef floating value, best
    cdef const floating *source
    if P * out_h * out_w == 0:
        return
    with nogil:
        for p in range(P):
            source = &x[p, 0, 0]
            for row in range(out_h):
                for col in range(out_w):
                    best_place = <int>(row * stride * W + col * stride)
                    best = source[best_place]
                    for i in range(height):
                        first = <int>((row * stride + i) * W + col * stride)
                        for place in range(first, first + <int>width):
                            value = source[place]
                            # Arithmetic instead of a jump, which random data would mispredict half of the time.
                            better = (value > best) | ((value != value) & (best == best))
                            best_place += better * (place - best_place)
                            best = source[best_place]
                    out[p, row, col] = best
                    index[p, row, col] = best_place


def max_pool_backward(const floating[:, :, ::1] dout, const int[:, :, ::1] index, floating[:, :, ::1] dx):
    """Add every dout (P, H', W') to dx (P, H, W) at the place that index (P, H', W') names."""
    cdef Py_ssize_t P = dout.shape[0], out_h = dout.shape[1], out_w = dout.shape[2]
    cdef Py_ssize_t p, row, col
    cdef floating *target
    if P * out_h * out_w == 0:
        return
    with nogil:
        for p in range(P):
            target = &dx[p, 0, 0]
            for row in range(out_h):
                for col in range(out_w):
                    target[index[p, row, col]] += dout[p, row, col]
