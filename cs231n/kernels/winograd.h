/* The forward pass and dx for 3 x 3 filters, stride 1, with a quarter of the multiplications (Winograd 1980; Lavin and
 * Gray, arXiv:1509.09308). A tile of 4 x 4 outputs depends on 6 x 6 pixels d and on a filter g. With fixed matrices,
 *
 *     outputs = A^T [(G g G^T) * (B^T d B)] A
 *
 * where * multiplies number by number: 36 products, one for each "point", instead of 16 * 9. The sum over the channels
 * is taken before A^T [...] A, which is needed only once then. At each of the 36 points p it is a product of matrices:
 *
 *     M[p][tile][f] = sum over c of  V[p][tile][c] * U[p][c][f]
 *
 * V are the transformed pixels, U the transformed filters. dx is the same for dout and the flipped filters.
 */

/* What a thread stores of one side of the layer, x or out: rows of an image with channels last, and the points of a
 * block. The first pixel stands for all those outside of the image. A plane of points has a register too many: planes
 * that are powers of two apart would compete for the same cache lines. */
typedef struct {
    ptrdiff_t channels, height, width, pitch, plane;
    REAL *images, *memory, *points, *pixels;
} NAME(side);

static NAME(side) NAME(side_of)(const REAL *images, ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width,
                                const tiling *t) {
    ptrdiff_t pitch = NAME(whole)(channels), plane = t->tiles * pitch + LANES, rows = 4 * t->rows_at_once + 2;
    ptrdiff_t size = WINOGRAD_POINTS * plane + (1 + (rows < height ? rows : height) * width) * pitch;
    REAL *memory = calloc(size + 16, sizeof *memory), *points = NAME(aligned)(memory);
    return (NAME(side)){channels, height, width, pitch, plane, (REAL *)images, memory, points,
                        points + WINOGRAD_POINTS * plane};
}

/* Transforms a block: x or dout to points, or points to out, with bias and marks. */
static NEVER_INLINE void NAME(transform_block)(int what, const NAME(side) *side, const tiling *t, ptrdiff_t pad,
                                               const REAL *bias, REAL *marks) {
    ptrdiff_t size = what == WINOGRAD_PIXELS ? 6 : 4, at[WINOGRAD_POINTS], planes[WINOGRAD_POINTS];
    ptrdiff_t pitch = side->pitch, width = side->width, map = side->height * width;
    ptrdiff_t top = 4 * t->row - pad, bottom = 4 * t->end - 4 - pad + size;
    top = top > 0 ? top : 0;
    bottom = bottom < side->height ? bottom : side->height;
    ptrdiff_t count = bottom > top ? (bottom - top) * width : 0;
    REAL *points = side->points;
    list_multiples(side->plane, WINOGRAD_POINTS, planes);
    for (ptrdiff_t n = t->first_image; n < t->first_image + t->images; n++) {
        REAL *rows = side->images + n * side->channels * map + top * width;
        NAME(vec) spoiled = {0};
        if (what != WINOGRAD_OUTPUTS)
            NAME(transpose)(rows, map, side->channels, count, side->pixels + pitch, pitch);
        for (ptrdiff_t i = t->row; i < t->end; i++)
            for (ptrdiff_t j = 0; j < t->columns; j++, points += pitch) {
                for (ptrdiff_t k = 0; k < size * size; k++) {
                    ptrdiff_t h = 4 * i - pad + k / size, w = 4 * j - pad + k % size;
                    at[k] = h >= top && h < bottom && w >= 0 && w < width ? (1 + (h - top) * width + w) * pitch : 0;
                }
                for (ptrdiff_t c = 0; c < pitch; c += LANES) {
                    REAL *pixels = side->pixels + c;
                    if (what == WINOGRAD_PIXELS)
                        NAME(transform)(6, 6, winograd_pixels, pixels, at, points + c, planes, NULL);
                    else if (what == WINOGRAD_GRADIENTS)
                        NAME(transform)(6, 4, winograd_gradients, pixels, at, points + c, planes, NULL);
                    else
                        spoiled += NAME(transform)(4, 6, winograd_outputs, points + c, planes, pixels, at, bias + c);
                }
            }
        if (what == WINOGRAD_OUTPUTS) {
            NAME(transpose)(side->pixels + pitch, pitch, count, side->channels, rows, map);
            marks[n] += NAME(sum_of_lanes)(spoiled);
        }
    }
}

/* out[row, column] = sum over k of  a[row * a_row + k * a_term] * b[k, column], or added to out */
static ALWAYS_INLINE void NAME(product_tile)(const int vectors, ptrdiff_t terms, const REAL *a, ptrdiff_t a_row,
                                             ptrdiff_t a_term, const REAL *b, REAL *out, ptrdiff_t pitch, int add) {
    NAME(vec) sum[WINOGRAD_ROWS][2] = {0}, input[2], weight;
    for (ptrdiff_t k = 0; k < terms; k++, a += a_term, b += pitch) {
        UNROLL for (int j = 0; j < vectors; j++) {
            input[j] = NAME(load)(b + j * LANES);
            KEEP(input[j]);
        }
        UNROLL for (int r = 0; r < WINOGRAD_ROWS; r++) {
            weight = NAME(broadcast)(a[r * a_row]);
            KEEP(weight);
            UNROLL for (int j = 0; j < vectors; j++)
                sum[r][j] += weight * input[j];
        }
    }
    UNROLL for (int r = 0; r < WINOGRAD_ROWS; r++) {
        UNROLL for (int j = 0; j < vectors; j++) {
            REAL *to = out + r * pitch + j * LANES;
            NAME(store)(to, add ? sum[r][j] + NAME(load)(to) : sum[r][j]);
        }
    }
}

/* The same for a matrix whose rows are whole tiles, and whose columns are whole registers. */
static NEVER_INLINE void NAME(product)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t terms, const REAL *a,
                                       ptrdiff_t a_row, ptrdiff_t a_term, const REAL *b, REAL *out, int add) {
    for (ptrdiff_t j = 0; j < columns; j += 2 * LANES)
        for (ptrdiff_t i = 0; i < rows; i += WINOGRAD_ROWS) {
            REAL *to = out + i * columns + j;
            if (columns - j > LANES)
                NAME(product_tile)(2, terms, a + i * a_row, a_row, a_term, b + j, to, columns, add);
            else
                NAME(product_tile)(1, terms, a + i * a_row, a_row, a_term, b + j, to, columns, add);
        }
}

/* U of the weights (F, C, 3, 3); if flipped, of weights (C, F, 3, 3) whose rows and columns are reversed. */
static int NAME(winograd_filters)(const REAL *w, REAL *U, const conv_shape *s, int flipped) {
    ptrdiff_t pitch = NAME(whole)(s->filters), from_at[9], to_at[WINOGRAD_POINTS];
    ptrdiff_t next_filter = flipped ? 9 : s->channels * 9, next_channel = flipped ? s->filters * 9 : 9;
    REAL *memory = calloc(9 * pitch + 16, sizeof *memory), *weights = NAME(aligned)(memory);
    if (!memory)
        return -1;
    list_multiples(flipped ? -pitch : pitch, 9, from_at);
    list_multiples(s->channels * pitch, WINOGRAD_POINTS, to_at);
    for (ptrdiff_t c = 0; c < s->channels; c++) {
        NAME(transpose)(w + c * next_channel, next_filter, s->filters, 9, weights, pitch);
        for (ptrdiff_t f = 0; f < pitch; f += LANES)
            NAME(transform)(6, 3, winograd_weights, weights + (flipped ? 8 * pitch : 0) + f, from_at,
                            NAME(aligned)(U) + c * pitch + f, to_at, NULL);
    }
    free(memory);
    return 0;
}

/* Writes out; adds NaN to the marks of images with an output that is infinite or NaN. */
static int NAME(winograd)(const REAL *x, const REAL *U, const REAL *b, REAL *out, REAL *marks, const conv_shape *s,
                          ptrdiff_t first, ptrdiff_t last) {
    tiling t = tiling_of(s, first);
    NAME(side) in = NAME(side_of)(x, s->channels, s->height, s->width, &t);
    NAME(side) result = NAME(side_of)(out, s->filters, s->out_height, s->out_width, &t);
    REAL *bias = calloc(result.pitch, sizeof *bias);
    int status = in.memory && result.memory && bias ? 0 : -1;
    if (status == 0) {
        memcpy(bias, b, s->filters * sizeof *bias);
        while (next_block(&t, last)) {
            NAME(transform_block)(WINOGRAD_PIXELS, &in, &t, s->pad, NULL, NULL);
            for (ptrdiff_t p = 0; p < WINOGRAD_POINTS; p++)
                NAME(product)(t.tiles, result.pitch, in.channels, in.points + p * in.plane, in.pitch, 1,
                              NAME(aligned)(U) + p * in.channels * result.pitch, result.points + p * result.plane, 0);
            NAME(transform_block)(WINOGRAD_OUTPUTS, &result, &t, 0, bias, marks);
        }
    }
    free(in.memory);
    free(result.memory);
    free(bias);
    return status;
}
