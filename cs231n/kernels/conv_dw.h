/* dw and db:  dw[f, k] = sum over n and places of  dout[n, f, place] * padded[n, place + offset[k]]
 *
 * Here the lanes run along the sum: a register holds the products of neighbouring places. A tile is some filters times
 * some terms. It runs over several images, and adds up the lanes of its sums at the end. Lanes past the end of a row
 * hold a zero of dout; their other factor is finite unless x is not, which the caller checks.
 *
 * Each thread computes its own filters for all images, so no partial sums need to be added.
 */

enum {
    NAME(DW_VECTORS) = 64,  /* minimum of vectors in a tile's sums, so that adding up the lanes takes little time */
    NAME(DW_IMAGES) = 8     /* maximum of images, which stay in the second-level cache */
};

/* The sums of the lanes of LANES registers, side by side in one. Each step adds neighbouring lanes and halves the
 * number of registers, so that a register has work for all its lanes until the end. */
static ALWAYS_INLINE NAME(vec) NAME(sums_of_lanes)(const NAME(vec) *values) {
    NAME(vec) part[LANES];
    UNROLL for (int i = 0; i < LANES; i++)
        part[i] = values[i];
    UNROLL for (int parts = LANES / 2; parts > 0; parts /= 2) {
        UNROLL for (int i = 0; i < parts; i++)
            part[i] = EVEN_LANES(part[2 * i], part[2 * i + 1]) + ODD_LANES(part[2 * i], part[2 * i + 1]);
    }
    return part[0];
}

static ALWAYS_INLINE void NAME(dw_tile)(const int filters, const int taps, ptrdiff_t count, const ptrdiff_t *places,
                                        const REAL *dout, const REAL *x, const ptrdiff_t *offsets, REAL *dw,
                                        ptrdiff_t terms) {
    NAME(vec) sum[DW_FILTERS][DW_TAPS], upstream[DW_FILTERS], input;
    const REAL *from[DW_TAPS];
    UNROLL for (int f = 0; f < filters; f++) {
        UNROLL for (int t = 0; t < taps; t++)
            sum[f][t] = (NAME(vec)){0};
    }
    UNROLL for (int t = 0; t < taps; t++)
        from[t] = x + offsets[t];

    for (ptrdiff_t i = 0; i < count; i++, dout += filters * LANES) {
        ptrdiff_t at = places[i];
        UNROLL for (int f = 0; f < filters; f++) {
            upstream[f] = NAME(load)(dout + f * LANES);
            KEEP(upstream[f]);
        }
        UNROLL for (int t = 0; t < taps; t++) {
            input = NAME(load)(from[t] + at);
            KEEP(input);
            UNROLL for (int f = 0; f < filters; f++)
                sum[f][t] += upstream[f] * input;
        }
    }

    enum { GROUPS = (DW_FILTERS * DW_TAPS + LANES - 1) / LANES };
    NAME(vec) listed[GROUPS * LANES], sums[GROUPS];
    UNROLL for (int i = 0; i < GROUPS * LANES; i++)
        listed[i] = i < filters * taps ? sum[i / taps][i % taps] : (NAME(vec)){0};
    UNROLL for (int i = 0; i < GROUPS; i++)
        sums[i] = NAME(sums_of_lanes)(listed + i * LANES);
    UNROLL for (int i = 0; i < filters * taps; i++)
        dw[i / taps * terms + i % taps] += sums[i / LANES][i % LANES];
}

#define DEFINE_TILE(filters, taps) \
    static NEVER_INLINE void NAME(dw_tile_##filters##_##taps)( \
        ptrdiff_t count, const ptrdiff_t *places, const REAL *dout, const REAL *x, const ptrdiff_t *offsets, REAL *dw, \
        ptrdiff_t terms) { \
        NAME(dw_tile)(filters, taps, count, places, dout, x, offsets, dw, terms); \
    }
FOR_EACH_DW_TILE(DEFINE_TILE)
#undef DEFINE_TILE

static void NAME(run_dw_tile)(ptrdiff_t filters, ptrdiff_t taps, ptrdiff_t count, const ptrdiff_t *places,
                              const REAL *dout, const REAL *x, const ptrdiff_t *offsets, REAL *dw, ptrdiff_t terms) {
    switch (filters * 16 + taps) {
#define TILE(filters, taps) \
    case filters * 16 + taps: \
        NAME(dw_tile_##filters##_##taps)(count, places, dout, x, offsets, dw, terms); \
        break;
        FOR_EACH_DW_TILE(TILE)
#undef TILE
    }
}

/* Copies dout of some images and filters, the vectors of the filters side by side, rows filled up with zeros; adds
 * the sum of each filter to db. */
static void NAME(pack_dout)(const REAL *dout, const conv_shape *s, ptrdiff_t images, ptrdiff_t filters, REAL *packed,
                            REAL *db) {
    ptrdiff_t vectors = (s->out_width + LANES - 1) / LANES, map = s->out_height * s->out_width;
    for (ptrdiff_t f = 0; f < filters; f++) {
        NAME(vec) sum = {0};
        for (ptrdiff_t n = 0; n < images; n++)
            for (ptrdiff_t i = 0; i < s->out_height; i++) {
                const REAL *from = dout + (n * s->filters + f) * map + i * s->out_width;
                REAL *to = packed + ((n * s->out_height + i) * vectors * filters + f) * LANES;
                for (ptrdiff_t j = 0; j < s->out_width; j += LANES, to += filters * LANES) {
                    NAME(vec) some = {0};
                    if (s->out_width - j >= LANES)
                        some = NAME(load)(from + j);
                    else
                        for (ptrdiff_t lane = 0; j + lane < s->out_width; lane++)
                            some[lane] = from[j + lane];
                    NAME(store)(to, some);
                    sum += some;
                }
            }
        db[f] += NAME(sum_of_lanes)(sum);
    }
}

static int NAME(conv_dw)(const REAL *x, const REAL *dout, REAL *dw, REAL *db, const conv_shape *s, ptrdiff_t first,
                         ptrdiff_t last) {
    if (NAME(forward_is_along_filters)(s))
        return NAME(dw_along_filters)(x, dout, dw, db, s, first, last);
    layout p = input_layout(s, s->stride);
    ptrdiff_t terms = s->channels * s->filter_height * s->filter_width, map = s->out_height * s->out_width;
    ptrdiff_t in_row = (s->out_width + LANES - 1) / LANES, vectors = s->out_height * in_row;
    ptrdiff_t at_once = NAME(DW_VECTORS) / vectors;
    at_once = at_once < 1 ? 1 : at_once > NAME(DW_IMAGES) ? NAME(DW_IMAGES) : at_once;
    ptrdiff_t *places = malloc(at_once * vectors * sizeof *places);
    ptrdiff_t *offsets = malloc((terms + 1) * sizeof *offsets);
    REAL *packed = malloc(at_once * vectors * LANES * DW_FILTERS * sizeof *packed);
    REAL *padded = calloc(at_once * p.size, sizeof *padded);
    int status = offsets && places && packed && padded ? 0 : -1;
    if (status == 0) {
        list_offsets(s, &p, 0, offsets);
        for (ptrdiff_t i = 0; i < at_once * vectors; i++)
            places[i] = i / vectors * p.size + i % vectors / in_row * s->stride * p.row_pitch + i % in_row * LANES;
        memset(dw + first * terms, 0, (last - first) * terms * sizeof *dw);
        memset(db + first, 0, (last - first) * sizeof *db);
        for (ptrdiff_t n = 0; n < s->images; n += at_once) {
            ptrdiff_t images = s->images - n < at_once ? s->images - n : at_once;
            for (ptrdiff_t i = 0; i < images; i++)
                NAME(fill_padded)(&p, x + (n + i) * s->channels * s->height * s->width, padded + i * p.size);
            for (ptrdiff_t f = first; f < last; f += DW_FILTERS) {
                ptrdiff_t filters = last - f < DW_FILTERS ? last - f : DW_FILTERS;
                NAME(pack_dout)(dout + (n * s->filters + f) * map, s, images, filters, packed, db + f);
                for (ptrdiff_t k = 0; k < terms; k += DW_TAPS) {
                    ptrdiff_t taps = terms - k < DW_TAPS ? terms - k : DW_TAPS;
                    NAME(run_dw_tile)(filters, taps, images * vectors, places, packed, padded, offsets + k,
                                      dw + f * terms + k, terms);
                }
            }
        }
    }
    free(offsets);
    free(places);
    free(packed);
    free(padded);
    return status;
}
