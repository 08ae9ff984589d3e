/* Convolution, ReLU and 2 x 2 max pooling in one pass. The feature maps are never
 * written: of every window only the maximum is stored, and one byte with the index of its pixel, or 4 if no pixel is
 * above zero.
 *
 * Pooling compares the outputs at columns 2j and 2j + 1. With the padded image split into 2 * stride phases, lane j of
 * one register is output 2j, and lane j of another is output 2j + 1: the four candidates of a window share a lane.
 */

enum { NAME(DEAD) = 4 };  /* the index for a window without a pixel above zero */

/* The four candidates of some vectors of windows, for one block of filters. */
static void NAME(candidate_tile)(int rows, ptrdiff_t count, ptrdiff_t terms, const REAL *weights, const REAL *bias,
                                 const ptrdiff_t *offsets, const REAL *padded, const place *places,
                                 ptrdiff_t row_below, REAL *candidates) {
    place both_rows[MAX_VECTORS];
    ptrdiff_t at_once = NAME(terms_at_once)(terms);
    for (ptrdiff_t below = 0; below < 2; below++)
        for (ptrdiff_t g = 0; g < count; g++)
            both_rows[below * count + g] = (place){places[g].from + below * row_below, (below * count + g) * LANES,
                                                         LANES};
    for (ptrdiff_t right = 0; right < 2; right++)
        for (ptrdiff_t k = 0; k == 0 || k < terms; k += at_once) {  /* once if there are no terms */
            ptrdiff_t some = terms - k < at_once ? terms - k : at_once;
            NAME(target) target = {candidates + right * 2 * count * LANES, 4 * count * LANES, 1, k > 0};
            NAME(run_tile)(rows, (int)(2 * count), some, weights + k * rows, k ? NULL : bias,
                           offsets + right * terms + k, padded, both_rows, &target);
        }
}

/* ReLU and pooling of a register of windows: their values, and the indices of their pixels. */
static ALWAYS_INLINE NAME(vec) NAME(pool_four)(const REAL *a, const REAL *b, const REAL *c, const REAL *d,
                                               NAME(mask) *number) {
    const NAME(vec) zero = {0};
    NAME(vec) value = NAME(first_of_four)(NAME(load)(a), NAME(load)(b), NAME(load)(c), NAME(load)(d), number);
    NAME(mask) live = (NAME(mask))(value > zero);
    *number = (live & *number) | (~live & NAME(DEAD));
    return NAME(choose)(NAME(beats)(value, zero), value, zero);
}

/* ReLU and pooling of a tile: candidates[r][right][below][vector] of its filters go to out and numbers. */
static void NAME(pool_tile)(const REAL *candidates, ptrdiff_t rows, ptrdiff_t count, const place *places, REAL *out,
                            unsigned char *numbers, ptrdiff_t map) {
    for (ptrdiff_t r = 0; r < rows; r++, candidates += 4 * count * LANES)
        for (ptrdiff_t g = 0; g < count; g++) {
            const REAL *a = candidates + g * LANES, *c = a + count * LANES;      /* left: above, below */
            const REAL *b = c + count * LANES, *d = b + count * LANES;           /* right: above, below */
            NAME(mask) number;
            NAME(vec) value = NAME(pool_four)(a, b, c, d, &number);
            REAL *to = out + r * map + places[g].to;
            unsigned char *number_to = numbers + r * map + places[g].to;
            if (places[g].lanes == LANES) {
                NAME(store)(to, value);
                NAME(store_bytes)(number_to, number);
            } else
                for (ptrdiff_t lane = 0; lane < places[g].lanes; lane++) {
                    to[lane] = value[lane];
                    number_to[lane] = (unsigned char)number[lane];
                }
        }
}

/* The same with the lanes along filters: the feature maps of one image are in a table of places times filters. */
static int NAME(pool_along_filters)(const REAL *x, const REAL *packed, const REAL *b, REAL *out,
                                    unsigned char *numbers, const conv_shape *s, ptrdiff_t first, ptrdiff_t last) {
    ptrdiff_t height = s->out_height / 2, width = s->out_width / 2, map = height * width;
    ptrdiff_t pitch = NAME(registers_of)(s->filters) * LANES, below = s->out_width * pitch;
    NAME(filter_lanes) plan;
    REAL *pooled = malloc((map * pitch + 1) * sizeof *pooled);
    int status = NAME(plan_filter_lanes)(&plan, b, s) == 0 && pooled ? 0 : -1;
    for (ptrdiff_t n = first; status == 0 && n < last; n++) {
        NAME(feature_maps)(&plan, x + n * s->channels * s->height * s->width, packed, s);
        unsigned char *number_to = numbers + n * s->filters * map;
        for (ptrdiff_t i = 0; i < map; i++) {
            const REAL *from = plan.sums + i / width * 2 * below + i % width * 2 * pitch;
            for (ptrdiff_t f = 0; f < s->filters; f += LANES, from += LANES) {
                NAME(mask) number;
                NAME(store)(pooled + i * pitch + f, NAME(pool_four)(from, from + pitch, from + below,
                                                                    from + below + pitch, &number));
                for (ptrdiff_t lane = 0; lane < LANES && f + lane < s->filters; lane++)
                    number_to[(f + lane) * map + i] = (unsigned char)number[lane];
            }
        }
        NAME(transpose)(pooled, pitch, map, s->filters, out + n * s->filters * map, map);
    }
    free(pooled);
    NAME(free_filter_lanes)(&plan);
    return status;
}

static int NAME(conv_relu_pool)(const REAL *x, const REAL *packed, const REAL *b, REAL *out, unsigned char *numbers,
                                const conv_shape *s, ptrdiff_t first, ptrdiff_t last) {
    if (NAME(forward_is_along_filters)(s))
        return NAME(pool_along_filters)(x, packed, b, out, numbers, s, first, last);
    layout p = input_layout(s, 2 * s->stride);
    ptrdiff_t height = s->out_height / 2, width = s->out_width / 2, map = height * width;
    ptrdiff_t terms = s->channels * s->filter_height * s->filter_width;
    ptrdiff_t *offsets = malloc((2 * terms + 1) * sizeof *offsets);
    place *places = malloc((height * ((width + LANES - 1) / LANES) + 1) * sizeof *places);
    REAL *padded = calloc(p.size, sizeof *padded);
    REAL *candidates = malloc(sizeof(REAL) * 4 * MAX_ROWS * MAX_VECTORS * LANES);
    int status = offsets && places && padded && candidates ? 0 : -1;
    if (status == 0) {
        list_offsets(s, &p, 0, offsets);
        list_offsets(s, &p, s->stride, offsets + terms);
        ptrdiff_t count = list_places(places, LANES, height, width, 2 * s->stride * p.row_pitch, width, 1);
        for (ptrdiff_t n = first; n < last; n++) {
            NAME(fill_padded)(&p, x + n * s->channels * s->height * s->width, padded);
            for (ptrdiff_t block = 0; block < blocks_of(s->filters); block++) {
                ptrdiff_t f = block_start(s->filters, block);
                int rows = (int)(block_start(s->filters, block + 1) - f);
                ptrdiff_t most = NAME(vectors_for)[rows - 1] / 2, at = (n * s->filters + f) * map;
                for (ptrdiff_t g = 0; g < count; g += most) {
                    ptrdiff_t some = count - g < most ? count - g : most;
                    NAME(candidate_tile)(rows, some, terms, packed + f * terms, b + f, offsets, padded, places + g,
                                         s->stride * p.row_pitch, candidates);
                    NAME(pool_tile)(candidates, rows, some, places + g, out + at, numbers + at, map);
                }
            }
        }
    }
    free(offsets);
    free(places);
    free(padded);
    free(candidates);
    return status;
}
