/* dw and db of the fused layer. At most one of the four outputs of a window has a gradient, and after a ReLU many
 * windows have none. This pass visits only the live outputs, which is at most a quarter of the arithmetic.
 *
 * The padded image is stored channels last, so row h of a filter covers WW * C neighbouring numbers of a window.
 * For each filter the pass lists the live outputs as (upstream value, place). Then, with the gradient in registers, it
 * computes dw[f, h] += value * padded[place + h rows ...] for each of them.
 */

/* At most 32 bytes. A window starts anywhere, so nearly every load of 64 bytes would touch two lines of the cache. A row
 * of 21 numbers also fills three registers of 8 better than two of 16. */
#define LIVE_BYTES (VECTOR_BYTES < 32 ? VECTOR_BYTES : 32)
#define LIVE_LANES (LIVE_BYTES / (ptrdiff_t)sizeof(REAL))
typedef REAL NAME(live_vec) __attribute__((vector_size(LIVE_BYTES)));
typedef REAL NAME(unaligned_live_vec) __attribute__((vector_size(LIVE_BYTES), aligned(sizeof(REAL)), may_alias));

static ALWAYS_INLINE NAME(live_vec) NAME(load_live)(const REAL *from) {
    return *(const NAME(unaligned_live_vec) *)from;
}

/* `rows` filter rows times `vectors` registers of dw of one filter */
static ALWAYS_INLINE void NAME(live_tile)(const int rows, const int vectors, ptrdiff_t live, const REAL *values,
                                          const int *from, const REAL *padded, ptrdiff_t row_pitch, REAL *dw,
                                          ptrdiff_t dw_pitch) {
    NAME(live_vec) sum[MAX_ROWS][MAX_VECTORS];
    UNROLL for (int h = 0; h < rows; h++) {
        UNROLL for (int j = 0; j < vectors; j++)
            sum[h][j] = NAME(load_live)(dw + h * dw_pitch + j * LIVE_LANES);
    }
    for (ptrdiff_t i = 0; i < live; i++) {
        const REAL *window = padded + from[i];
        NAME(live_vec) value = values[i] - (NAME(live_vec)){0};
        KEEP(value);
        UNROLL for (int h = 0; h < rows; h++) {
            UNROLL for (int j = 0; j < vectors; j++)
                sum[h][j] += value * NAME(load_live)(window + h * row_pitch + j * LIVE_LANES);
        }
    }
    UNROLL for (int h = 0; h < rows; h++) {
        UNROLL for (int j = 0; j < vectors; j++)
            *(NAME(unaligned_live_vec) *)(dw + h * dw_pitch + j * LIVE_LANES) = sum[h][j];
    }
}

#define DEFINE_TILE(rows, vectors) \
    static NEVER_INLINE void NAME(live_tile_##rows##_##vectors)( \
        ptrdiff_t live, const REAL *values, const int *from, const REAL *padded, ptrdiff_t row_pitch, REAL *dw, \
        ptrdiff_t dw_pitch) { \
        NAME(live_tile)(rows, vectors, live, values, from, padded, row_pitch, dw, dw_pitch); \
    }
FOR_EACH_TILE(DEFINE_TILE)
#undef DEFINE_TILE

/* dw of one filter, (HH, WW * C) with rows filled up to whole registers, from its live outputs in one image */
static void NAME(add_live)(ptrdiff_t live, const REAL *values, const int *from, const REAL *padded,
                           ptrdiff_t row_pitch, REAL *dw, ptrdiff_t height, ptrdiff_t vectors) {
    for (ptrdiff_t block = 0; block < blocks_of(height); block++) {
        ptrdiff_t h = block_start(height, block), rows = block_start(height, block + 1) - h;
        ptrdiff_t most = NAME(vectors_for)[rows - 1];
        for (ptrdiff_t j = 0; j < vectors; j += most) {
            ptrdiff_t some = vectors - j < most ? vectors - j : most, dw_pitch = vectors * LIVE_LANES;
            switch (rows * 16 + some) {
#define TILE(rows, vectors) \
    case rows * 16 + vectors: \
        NAME(live_tile_##rows##_##vectors)(live, values, from, padded + h * row_pitch + j * LIVE_LANES, row_pitch, \
                                           dw + h * dw_pitch + j * LIVE_LANES, dw_pitch); \
        break;
                FOR_EACH_TILE(TILE)
#undef TILE
            }
        }
    }
}

/* The padded image (rows, columns, C), channels last; its zeros are already set. */
static void NAME(fill_channels_last)(const layout *p, const REAL *image, REAL *padded) {
    ptrdiff_t rows = p->rows - p->top < p->height ? p->rows - p->top : p->height;
    ptrdiff_t columns = p->columns - p->left < p->width ? p->columns - p->left : p->width;
    for (ptrdiff_t h = 0; h < rows; h++)
        for (ptrdiff_t c = 0; c < p->channels; c++) {
            const REAL *from = image + (c * p->height + h) * p->width;
            REAL *to = padded + ((h + p->top) * p->columns + p->left) * p->channels + c;
            for (ptrdiff_t w = 0; w < columns; w++)
                to[w * p->channels] = from[w];
        }
}

static int NAME(conv_relu_pool_dw)(const REAL *x, const REAL *dout, const unsigned char *numbers, REAL *dw, REAL *db,
                                   const conv_shape *s, ptrdiff_t first, ptrdiff_t last) {
    layout p = input_layout(s, 1);
    ptrdiff_t channels = s->channels, map = (s->out_height / 2) * (s->out_width / 2);
    ptrdiff_t vectors = (s->filter_width * channels + LIVE_LANES - 1) / LIVE_LANES, row_pitch = p.columns * channels;
    ptrdiff_t filter_size = s->filter_height * vectors * LIVE_LANES;
    REAL *padded = calloc(p.rows * row_pitch + vectors * LIVE_LANES, sizeof *padded);
    REAL *sums = calloc((last - first) * filter_size + 1, sizeof *sums);
    REAL *values = malloc((map + 1) * sizeof *values);
    int *from = malloc((map + 1) * sizeof *from);
    int status = padded && sums && values && from ? 0 : -1;
    if (status == 0) {
        memset(db + first, 0, (last - first) * sizeof *db);
        ptrdiff_t right = s->stride * channels, below = s->stride * row_pitch;
        const int pixel[] = {0, (int)right, (int)below, (int)(below + right), 0};
        for (ptrdiff_t n = 0; n < s->images; n++) {
            NAME(fill_channels_last)(&p, x + n * channels * s->height * s->width, padded);
            for (ptrdiff_t f = first; f < last; f++) {
                const REAL *upstream = dout + (n * s->filters + f) * map;
                const unsigned char *number = numbers + (n * s->filters + f) * map;
                ptrdiff_t live = 0;
                REAL sum = 0;
                for (ptrdiff_t i = 0; i < s->out_height / 2; i++) {
                    int corner = (int)(2 * i * below);
                    for (ptrdiff_t j = 0; j < s->out_width / 2; j++, upstream++, number++, corner += 2 * (int)right) {
                        /* Always written, but counted only if live: a jump would be mispredicted half of the time. */
                        values[live] = *upstream;
                        from[live] = corner + pixel[*number];
                        live += *number != NAME(DEAD);
                    }
                }
                for (ptrdiff_t i = 0; i < live; i++)
                    sum += values[i];
                db[f] += sum;
                NAME(add_live)(live, values, from, padded, row_pitch, sums + (f - first) * filter_size,
                               s->filter_height, vectors);
            }
        }
        for (ptrdiff_t f = first; f < last; f++)
            for (ptrdiff_t c = 0; c < channels; c++)
                for (ptrdiff_t h = 0; h < s->filter_height; h++)
                    for (ptrdiff_t w = 0; w < s->filter_width; w++)
                        dw[((f * channels + c) * s->filter_height + h) * s->filter_width + w] =
                            sums[(f - first) * filter_size + h * vectors * LIVE_LANES + w * channels + c];
    }
    free(padded);
    free(sums);
    free(values);
    free(from);
    return status;
}
#undef LIVE_BYTES
#undef LIVE_LANES
