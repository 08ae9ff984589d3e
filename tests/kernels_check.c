/* The kernels against plain loops, on random shapes, without Python: for sanitizers, which see every array's true end,
 * and for processors that are only emulated here. Usage: kernels_check BUILD ROUNDS; exits 1 when a number differs. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

static unsigned state = 231;

static int whole(int low, int high) {  /* low <= result <= high */
    state = state * 1664525u + 1013904223u;
    return low + (int)(state >> 8) % (high - low + 1);
}

static double normal(void) {  /* approximately normal */
    return (whole(0, 999) + whole(0, 999) + whole(0, 999) - 1498.5) / 500;
}

static void *fresh(size_t size) {  /* of exactly this size, so that sanitizers detect an overrun */
    return malloc(size ? size : 1);
}

static void must_agree(const char *what, double got, double expected, double tolerance, const conv_shape *s) {
    if (fabs(got - expected) <= tolerance)
        return;
    printf("%s is %g, plain loops give %g: N %td C %td H %td W %td F %td HH %td WW %td stride %td pad %td\n", what, got,
           expected, s->images, s->channels, s->height, s->width, s->filters, s->filter_height, s->filter_width,
           s->stride, s->pad);
    exit(1);
}

#define AT(h, w) ((h) >= 0 && (h) < s.height && (w) >= 0 && (w) < s.width)

/* Packed weights fill up whole registers of filters (in dx of channels), and start at one. */
static ptrdiff_t packed_size(ptrdiff_t w_size, ptrdiff_t filters, ptrdiff_t lanes) {
    return w_size / filters * ((filters + lanes - 1) / lanes) * lanes + lanes;
}

#define CHECK(REAL, MEMBER, TOLERANCE) \
    static void check_##REAL(const kernel_build *build) { \
        conv_shape s = {whole(1, 5), whole(1, 9), whole(1, 12), whole(1, 40), whole(1, 17), 0, 0, whole(1, 3), \
                        whole(0, 4), 0, 0}; \
        s.filter_height = whole(1, (int)(s.height + 2 * s.pad < 5 ? s.height + 2 * s.pad : 5)); \
        s.filter_width = whole(1, (int)(s.width + 2 * s.pad < 7 ? s.width + 2 * s.pad : 7)); \
        s.out_height = 1 + (s.height + 2 * s.pad - s.filter_height) / s.stride; \
        s.out_width = 1 + (s.width + 2 * s.pad - s.filter_width) / s.stride; \
        ptrdiff_t x_size = s.images * s.channels * s.height * s.width; \
        ptrdiff_t w_size = s.filters * s.channels * s.filter_height * s.filter_width; \
        ptrdiff_t out_size = s.images * s.filters * s.out_height * s.out_width; \
        ptrdiff_t half_h = s.out_height / 2, half_w = s.out_width / 2, half = s.images * s.filters * half_h * half_w; \
        REAL *x = fresh(x_size * sizeof(REAL)), *w = fresh(w_size * sizeof(REAL)); \
        REAL *b = fresh(s.filters * sizeof(REAL)); \
        REAL *out = fresh(out_size * sizeof(REAL)), *dout = fresh(out_size * sizeof(REAL)); \
        REAL *dx = fresh(x_size * sizeof(REAL)), *dw = fresh(w_size * sizeof(REAL)); \
        REAL *db = fresh(s.filters * sizeof(REAL)), *packed; \
        packed = fresh(packed_size(w_size, s.filters, build->REAL##_lanes) * sizeof(REAL)); \
        REAL *pooled = fresh(half * sizeof(REAL)), *dpooled = fresh(half * sizeof(REAL)); \
        unsigned char *numbers = fresh(half), *fused = fresh(half); \
        double *sum = calloc(x_size + w_size + s.filters + 1, sizeof *sum); \
        double *dx_sum = sum, *dw_sum = sum + x_size, *db_sum = dw_sum + w_size; \
        for (ptrdiff_t i = 0; i < x_size; i++) x[i] = (REAL)normal(); \
        for (ptrdiff_t i = 0; i < w_size; i++) w[i] = (REAL)normal(); \
        for (ptrdiff_t i = 0; i < s.filters; i++) b[i] = (REAL)normal(); \
        for (ptrdiff_t i = 0; i < out_size; i++) dout[i] = (REAL)normal(); \
        for (ptrdiff_t i = 0; i < half; i++) dpooled[i] = (REAL)normal(); \
        build->MEMBER.pack_filters(w, packed, &s); \
        build->MEMBER.conv_forward(x, packed, b, out, &s, 0, s.images); \
        if (half) { \
            pool_shape t = {s.out_height, s.out_width, 2, 2, 2, half_h, half_w}; \
            build->MEMBER.tile_pool(out, pooled, numbers, &t, 0, s.images * s.filters); \
            REAL *again = fresh(half * sizeof(REAL)); \
            build->MEMBER.conv_relu_pool(x, packed, b, again, fused, &s, 0, s.images); \
            for (ptrdiff_t i = 0; i < half; i++) \
                must_agree("fused out", again[i], pooled[i] > 0 ? pooled[i] : 0, 0, &s); \
            for (ptrdiff_t i = 0; i < half; i++) \
                must_agree("number", fused[i], pooled[i] > 0 ? numbers[i] : 4, 0, &s); \
            build->MEMBER.tile_pool_dx(dpooled, fused, dout, &t, 0, s.images * s.filters); \
            free(again); \
        } \
        free(packed); \
        packed = fresh(packed_size(w_size, s.channels, build->REAL##_lanes) * sizeof(REAL)); \
        build->MEMBER.pack_flipped(w, packed, &s); \
        build->MEMBER.conv_dx(dout, NULL, packed, dx, &s, 0, s.images); \
        build->MEMBER.conv_dw(x, dout, dw, db, &s, 0, s.filters); \
        for (int pass = 0; pass < 2; pass++) { \
            memset(sum, 0, (x_size + w_size + s.filters) * sizeof *sum); \
            ptrdiff_t o = 0; \
            for (ptrdiff_t n = 0; n < s.images; n++) \
                for (ptrdiff_t f = 0; f < s.filters; f++) \
                    for (ptrdiff_t i = 0; i < s.out_height; i++) \
                        for (ptrdiff_t j = 0; j < s.out_width; j++, o++) { \
                            double total = b[f]; \
                            db_sum[f] += dout[o]; \
                            for (ptrdiff_t c = 0; c < s.channels; c++) \
                                for (ptrdiff_t y = 0; y < s.filter_height; y++) \
                                    for (ptrdiff_t v = 0; v < s.filter_width; v++) { \
                                        ptrdiff_t h = i * s.stride + y - s.pad, q = j * s.stride + v - s.pad; \
                                        if (!AT(h, q)) continue; \
                                        ptrdiff_t xi = ((n * s.channels + c) * s.height + h) * s.width + q; \
                                        ptrdiff_t wi = (f * s.channels + c) * s.filter_height + y; \
                                        wi = wi * s.filter_width + v; \
                                        total += (double)x[xi] * w[wi]; \
                                        dx_sum[xi] += (double)dout[o] * w[wi]; \
                                        dw_sum[wi] += (double)dout[o] * x[xi]; \
                                    } \
                            must_agree("out", out[o], total, TOLERANCE * 100, &s); \
                        } \
            for (ptrdiff_t i = 0; i < x_size; i++) must_agree("dx", dx[i], dx_sum[i], TOLERANCE * 100, &s); \
            for (ptrdiff_t i = 0; i < w_size; i++) must_agree("dw", dw[i], dw_sum[i], TOLERANCE * 1000, &s); \
            for (ptrdiff_t i = 0; i < s.filters; i++) must_agree("db", db[i], db_sum[i], TOLERANCE * 1000, &s); \
            if (!half) break; \
            /* the second time round: dx and dw of the fused layer, whose dout at full size is dout already */ \
            build->MEMBER.conv_dx(dpooled, fused, packed, dx, &s, 0, s.images); \
            build->MEMBER.conv_relu_pool_dw(x, dpooled, fused, dw, db, &s, 0, s.filters); \
        } \
        free(x); free(w); free(b); free(out); free(dout); free(dx); free(dw); free(db); free(packed); free(pooled); \
        free(dpooled); free(numbers); free(fused); free(sum); \
    }

/* Winograd's method against the direct kernels, which CHECK compares with plain loops */
#define CHECK_WINOGRAD(REAL, MEMBER, TOLERANCE) \
    static void check_winograd_##REAL(const kernel_build *build) { \
        conv_shape s = {whole(1, 5), whole(1, 19), whole(1, 12), whole(1, 40), whole(1, 19), 3, 3, 1, whole(1, 2), \
                        0, 0}; \
        s.out_height = s.height + 2 * s.pad - 2; \
        s.out_width = s.width + 2 * s.pad - 2; \
        conv_shape t = {s.images, s.filters, s.out_height, s.out_width, s.channels, 3, 3, 1, 2 - s.pad, \
                        s.height, s.width}; \
        ptrdiff_t x_size = s.images * s.channels * s.height * s.width, w_size = s.filters * s.channels * 9; \
        ptrdiff_t out_size = s.images * s.filters * s.out_height * s.out_width; \
        REAL *x = fresh(x_size * sizeof(REAL)), *w = fresh(w_size * sizeof(REAL)); \
        REAL *b = fresh(s.filters * sizeof(REAL)); \
        REAL *dout = fresh(out_size * sizeof(REAL)); \
        REAL *packed = fresh(packed_size(w_size, s.filters, build->REAL##_lanes) * sizeof(REAL)); \
        REAL *flipped = fresh(packed_size(w_size, s.channels, build->REAL##_lanes) * sizeof(REAL)); \
        REAL *zeros = calloc(s.channels + 1, sizeof(REAL)), *marks = calloc(s.images, sizeof(REAL)); \
        REAL *U = fresh((36 * s.channels * (s.filters + 15) + 16) * sizeof(REAL)); \
        REAL *V = fresh((36 * s.filters * (s.channels + 15) + 16) * sizeof(REAL)); \
        REAL *out[2], *dx[2], *dw[2], *db[2]; \
        for (int i = 0; i < 2; i++) { \
            out[i] = fresh(out_size * sizeof(REAL)), dx[i] = fresh(x_size * sizeof(REAL)); \
            dw[i] = fresh(w_size * sizeof(REAL)), db[i] = fresh(s.filters * sizeof(REAL)); \
        } \
        for (ptrdiff_t i = 0; i < x_size; i++) x[i] = (REAL)normal(); \
        for (ptrdiff_t i = 0; i < w_size; i++) w[i] = (REAL)normal(); \
        for (ptrdiff_t i = 0; i < s.filters; i++) b[i] = (REAL)normal(); \
        for (ptrdiff_t i = 0; i < out_size; i++) dout[i] = (REAL)normal(); \
        build->MEMBER.pack_filters(w, packed, &s); \
        build->MEMBER.conv_forward(x, packed, b, out[0], &s, 0, s.images); \
        build->MEMBER.pack_flipped(w, flipped, &s); \
        build->MEMBER.conv_dx(dout, NULL, flipped, dx[0], &s, 0, s.images); \
        build->MEMBER.conv_dw(x, dout, dw[0], db[0], &s, 0, s.filters); \
        build->MEMBER.winograd_filters(w, U, &s, 0); \
        build->MEMBER.winograd(x, U, b, out[1], marks, &s, 0, s.images); \
        build->MEMBER.winograd_filters(w, V, &t, 1); \
        build->MEMBER.winograd(dout, V, zeros, dx[1], marks, &t, 0, t.images); \
        build->MEMBER.winograd_dw(x, dout, dw[1], db[1], &s, 0, s.images); \
        for (ptrdiff_t i = 0; i < s.images; i++) must_agree("mark", marks[i], 0, 0, &s); \
        for (ptrdiff_t i = 0; i < out_size; i++) must_agree("winograd", out[1][i], out[0][i], TOLERANCE * 100, &s); \
        for (ptrdiff_t i = 0; i < x_size; i++) must_agree("dx", dx[1][i], dx[0][i], TOLERANCE * 100, &s); \
        for (ptrdiff_t i = 0; i < w_size; i++) must_agree("dw", dw[1][i], dw[0][i], TOLERANCE * 1000, &s); \
        for (ptrdiff_t i = 0; i < s.filters; i++) must_agree("db", db[1][i], db[0][i], TOLERANCE * 1000, &s); \
        for (int i = 0; i < 2; i++) { free(out[i]); free(dx[i]); free(dw[i]); free(db[i]); } \
        free(x); free(w); free(b); free(dout); free(packed); free(flipped); free(zeros); free(marks); free(U); free(V); \
    }

CHECK(float, of_float, 1e-5)
CHECK(double, of_double, 1e-13)
CHECK_WINOGRAD(float, of_float, 1e-5)
CHECK_WINOGRAD(double, of_double, 1e-13)

int main(int count, char **arguments) {
    const kernel_build *build = count == 3 ? find_kernels(arguments[1]) : NULL;
    if (!build) {
        printf("usage: kernels_check BUILD ROUNDS, with a build that this processor runs\n");
        return 2;
    }
    for (int round = 0; round < atoi(arguments[2]); round++) {
        check_float(build);
        check_double(build);
        check_winograd_float(build);
        check_winograd_double(build);
    }
    printf("%s: all agree\n", build->name);
    return 0;
}
