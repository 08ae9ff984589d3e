/* The loops of the naive layer in plain C: one step of docs/fast_layers.md, compiled by `make bench`. */
#include <stddef.h>

void conv_forward(const float *x, const float *w, const float *b, float *out, ptrdiff_t N, ptrdiff_t C, ptrdiff_t H,
                  ptrdiff_t W, ptrdiff_t F, ptrdiff_t HH, ptrdiff_t WW, ptrdiff_t stride, ptrdiff_t pad,
                  ptrdiff_t out_h, ptrdiff_t out_w) {
    for (ptrdiff_t n = 0; n < N; n++)
        for (ptrdiff_t f = 0; f < F; f++)
            for (ptrdiff_t i = 0; i < out_h; i++)
                for (ptrdiff_t j = 0; j < out_w; j++) {
                    float sum = b[f];
                    for (ptrdiff_t c = 0; c < C; c++)
                        for (ptrdiff_t y = 0; y < HH; y++)
                            for (ptrdiff_t v = 0; v < WW; v++) {
                                ptrdiff_t h = i * stride + y - pad, q = j * stride + v - pad;
                                if (h >= 0 && h < H && q >= 0 && q < W)
                                    sum += x[((n * C + c) * H + h) * W + q] * w[((f * C + c) * HH + y) * WW + v];
                            }
                    out[((n * F + f) * out_h + i) * out_w + j] = sum;
                }
}
