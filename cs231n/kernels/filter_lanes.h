/* Convolution with the lanes along filters, for narrow maps.
 *
 * The other kernels keep neighbouring outputs of a row in a register. A row of 4 outputs leaves three quarters of a
 * register of 16 empty. Here a register holds the sums of one output for neighbouring filters, so its lanes are full
 * whatever the width is:
 *
 *     sum[place, f] = sum over k of  image[place + offset[k]] * weight[k, f]
 *
 * A tile is some places times some registers of filters. For each term it loads the registers of weights, and one
 * number of the image for each place. The sums of an image are a table of places times filters, which is transposed at
 * the end.
 *
 * dx is the same sum with channels instead of filters. For dw, the places of the tile are the terms of a filter, and
 * the sum runs over the places of the map.
 */

/* Registers that hold a number per filter. They are cut into groups, one tile wide each. */
static ptrdiff_t NAME(registers_of)(ptrdiff_t filters) {
    return (filters + LANES - 1) / LANES;
}

static ptrdiff_t NAME(groups_of)(ptrdiff_t registers) {
    return (registers + AFFINE_VECTORS - 1) / AFFINE_VECTORS;
}

/* Transposing the table takes as long as this many terms. Measured on an Intel processor with AVX-512, with filters of
 * one pixel, where it matters. */
enum { NAME(TERMS_OF_TRANSPOSING) = 24 };

/* Whether the lanes run along the filters. They do if that takes fewer multiply-adds of registers for each output:
 * terms * registers_of(filters) / filters, plus the transposition, instead of terms * registers_of(columns) / columns.
 * The rule depends on the shape only, so all threads follow it alike. */
static int NAME(along_filters)(ptrdiff_t filters, ptrdiff_t columns, ptrdiff_t terms) {
    return (terms + NAME(TERMS_OF_TRANSPOSING)) * NAME(registers_of)(filters) * columns <
           terms * NAME(registers_of)(columns) * filters;
}

/* The rule for the forward pass, fused or not, and for dw. */
static int NAME(forward_is_along_filters)(const conv_shape *s) {
    return NAME(along_filters)(s->filters, s->out_width, s->channels * s->filter_height * s->filter_width);
}

/* Writes a table of filters times terms as tiles read it: by group, by term, then by filter of the group. The terms are
 * those from `start` on of `all` terms. Lanes without a filter are zero. */
static void NAME(pack_groups)(const REAL *table, ptrdiff_t filters, ptrdiff_t terms, ptrdiff_t start, ptrdiff_t all,
                              REAL *packed) {
    ptrdiff_t registers = NAME(registers_of)(filters), groups = NAME(groups_of)(registers);
    for (ptrdiff_t g = 0; g < groups; g++) {
        ptrdiff_t f = registers * g / groups * LANES, lanes = registers * (g + 1) / groups * LANES - f;
        ptrdiff_t some = filters - f < lanes ? filters - f : lanes;
        REAL *to = packed + f * all + start * lanes;
        if (some < lanes)
            memset(to, 0, terms * lanes * sizeof *to);
        NAME(transpose)(table + f * terms, terms, some, terms, to, lanes);
    }
}

static ALWAYS_INLINE void NAME(filter_tile)(const int rows, const int vectors, ptrdiff_t terms, const REAL *image,
                                            const ptrdiff_t *places, const ptrdiff_t *offsets, const REAL *weights,
                                            const REAL *bias, REAL *out, ptrdiff_t pitch, int add) {
    NAME(vec) sum[MAX_ROWS][AFFINE_VECTORS], weight[AFFINE_VECTORS], input;
    const REAL *from[MAX_ROWS];
    UNROLL for (int r = 0; r < rows; r++) {
        from[r] = image + places[r];
        UNROLL for (int j = 0; j < vectors; j++)
            sum[r][j] = bias ? NAME(load)(bias + j * LANES) : (NAME(vec)){0};
    }
    for (ptrdiff_t k = 0; k < terms; k++, weights += vectors * LANES) {
        ptrdiff_t offset = offsets[k];
        UNROLL for (int j = 0; j < vectors; j++) {
            weight[j] = NAME(load)(weights + j * LANES);
            KEEP(weight[j]);
        }
        UNROLL for (int r = 0; r < rows; r++) {
            input = NAME(broadcast)(from[r][offset]);
            if (vectors > 1)
                KEEP(input);
            UNROLL for (int j = 0; j < vectors; j++)
                sum[r][j] += input * weight[j];
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int j = 0; j < vectors; j++) {
            REAL *to = out + r * pitch + j * LANES;
            NAME(store)(to, add ? sum[r][j] + NAME(load)(to) : sum[r][j]);
        }
    }
}

#define DEFINE_TILE(rows, vectors) \
    static NEVER_INLINE void NAME(filter_tile_##rows##_##vectors)( \
        ptrdiff_t terms, const REAL *image, const ptrdiff_t *places, const ptrdiff_t *offsets, const REAL *weights, \
        const REAL *bias, REAL *out, ptrdiff_t pitch, int add) { \
        NAME(filter_tile)(rows, vectors, terms, image, places, offsets, weights, bias, out, pitch, add); \
    }
FOR_EACH_FILTER_TILE(DEFINE_TILE)
#undef DEFINE_TILE

/* The table of places times filters, its rows filled up to whole registers. It is written, or added to if `add`. */
static void NAME(multiply)(const REAL *image, const ptrdiff_t *places, ptrdiff_t count, const ptrdiff_t *offsets,
                           ptrdiff_t terms, ptrdiff_t at_once, const REAL *weights, ptrdiff_t registers,
                           const REAL *bias, REAL *out, int add) {
    ptrdiff_t groups = NAME(groups_of)(registers), pitch = registers * LANES, k = 0;
    do {  /* once if there are no terms: the sum is 0 */
        ptrdiff_t some = terms - k < at_once ? terms - k : at_once;
        for (ptrdiff_t g = 0; g < groups; g++) {
            ptrdiff_t f = registers * g / groups * LANES, lanes = registers * (g + 1) / groups * LANES - f;
            for (ptrdiff_t block = 0; block < blocks_of(count); block++) {
                ptrdiff_t row = block_start(count, block), rows = block_start(count, block + 1) - row;
                switch (rows * 16 + lanes / LANES) {
#define TILE(rows, vectors) \
    case rows * 16 + vectors: \
        NAME(filter_tile_##rows##_##vectors)(some, image, places + row, offsets + k, weights + f * terms + k * lanes, \
                                             k || !bias ? NULL : bias + f, out + row * pitch + f, pitch, \
                                             add || k > 0); \
        break;
                    FOR_EACH_FILTER_TILE(TILE)
#undef TILE
                }
            }
        }
        k += at_once;
    } while (k < terms);
}

/* What the forward passes need for one image after the other. */
typedef struct {
    layout padding;
    ptrdiff_t *offsets, *places;
    REAL *padded, *bias, *sums;
} NAME(filter_lanes);

static int NAME(plan_filter_lanes)(NAME(filter_lanes) *plan, const REAL *b, const conv_shape *s) {
    ptrdiff_t terms = s->channels * s->filter_height * s->filter_width, map = s->out_height * s->out_width;
    ptrdiff_t pitch = NAME(registers_of)(s->filters) * LANES;
    layout p = plan->padding = input_layout(s, 1);
    plan->offsets = malloc((terms + 1) * sizeof *plan->offsets);
    plan->places = malloc(map * sizeof *plan->places);
    plan->padded = calloc(p.size, sizeof *plan->padded);
    plan->bias = calloc(pitch, sizeof *plan->bias);
    plan->sums = malloc(map * pitch * sizeof *plan->sums);
    if (!(plan->offsets && plan->places && plan->padded && plan->bias && plan->sums))
        return -1;
    list_offsets(s, &p, 0, plan->offsets);
    list_windows(plan->places, s->out_height, s->out_width, s->stride * p.row_pitch, s->stride);
    memcpy(plan->bias, b, s->filters * sizeof *b);
    return 0;
}

static void NAME(free_filter_lanes)(NAME(filter_lanes) *plan) {
    free(plan->offsets);
    free(plan->places);
    free(plan->padded);
    free(plan->bias);
    free(plan->sums);
}

/* Fills plan->sums: all outputs of an image, places times filters. */
static void NAME(feature_maps)(NAME(filter_lanes) *plan, const REAL *image, const REAL *packed, const conv_shape *s) {
    ptrdiff_t terms = s->channels * s->filter_height * s->filter_width;
    NAME(fill_padded)(&plan->padding, image, plan->padded);
    NAME(multiply)(plan->padded, plan->places, s->out_height * s->out_width, plan->offsets, terms,
                   NAME(terms_at_once)(terms), NAME(aligned)(packed), NAME(registers_of)(s->filters), plan->bias,
                   plan->sums, 0);
}

static int NAME(forward_along_filters)(const REAL *x, const REAL *packed, const REAL *b, REAL *out,
                                       const conv_shape *s, ptrdiff_t first, ptrdiff_t last) {
    ptrdiff_t map = s->out_height * s->out_width, pitch = NAME(registers_of)(s->filters) * LANES;
    NAME(filter_lanes) plan;
    int status = NAME(plan_filter_lanes)(&plan, b, s);
    for (ptrdiff_t n = first; status == 0 && n < last; n++) {
        NAME(feature_maps)(&plan, x + n * s->channels * s->height * s->width, packed, s);
        NAME(transpose)(plan.sums, pitch, map, s->filters, out + n * s->filters * map, map);
    }
    NAME(free_filter_lanes)(&plan);
    return status;
}

static REAL NAME(sum_of)(const REAL *numbers, ptrdiff_t count) {
    NAME(vec) sum = {0};
    REAL rest = 0;
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES)
        sum += NAME(load)(numbers + i);
    for (; i < count; i++)
        rest += numbers[i];
    return NAME(sum_of_lanes)(sum) + rest;
}

enum {
    NAME(FILTER_LANE_PLACES) = 256,  /* minimum of places in a sum of dw, so that adding to the table takes little time */
    NAME(FILTER_LANE_IMAGES) = 16    /* maximum of images, which stay in the second-level cache */
};

static int NAME(dw_along_filters)(const REAL *x, const REAL *dout, REAL *dw, REAL *db, const conv_shape *s,
                                  ptrdiff_t first, ptrdiff_t last) {
    layout p = input_layout(s, 1);
    ptrdiff_t terms = s->channels * s->filter_height * s->filter_width, map = s->out_height * s->out_width;
    ptrdiff_t filters = last - first, registers = NAME(registers_of)(filters), pitch = registers * LANES;
    ptrdiff_t at_once = NAME(FILTER_LANE_PLACES) / map;
    at_once = at_once < 1 ? 1 : at_once > NAME(FILTER_LANE_IMAGES) ? NAME(FILTER_LANE_IMAGES) : at_once;
    ptrdiff_t *offsets = malloc((terms + 1) * sizeof *offsets);
    ptrdiff_t *places = malloc(at_once * map * sizeof *places);
    REAL *padded = calloc(at_once * p.size, sizeof *padded);
    REAL *memory = calloc(at_once * map * pitch + LANES, sizeof *memory);
    REAL *sums = calloc(terms * pitch + 1, sizeof *sums);
    int status = offsets && places && padded && memory && sums ? 0 : -1;
    if (status == 0) {
        REAL *upstream = NAME(aligned)(memory);
        list_offsets(s, &p, 0, offsets);
        memset(db + first, 0, filters * sizeof *db);
        for (ptrdiff_t i = 0; i < at_once; i++) {
            list_windows(places + i * map, s->out_height, s->out_width, s->stride * p.row_pitch, s->stride);
            for (ptrdiff_t place = i * map; place < (i + 1) * map; place++)
                places[place] += i * p.size;
        }
        for (ptrdiff_t n = 0; n < s->images; n += at_once) {
            ptrdiff_t images = s->images - n < at_once ? s->images - n : at_once, all = images * map;
            for (ptrdiff_t i = 0; i < images; i++) {
                const REAL *from = dout + ((n + i) * s->filters + first) * map;
                NAME(fill_padded)(&p, x + (n + i) * s->channels * s->height * s->width, padded + i * p.size);
                NAME(pack_groups)(from, filters, map, i * map, all, upstream);
                for (ptrdiff_t f = 0; f < filters; f++)
                    db[first + f] += NAME(sum_of)(from + f * map, map);
            }
            NAME(multiply)(padded, offsets, terms, places, all, NAME(FILTER_LANE_PLACES), upstream, registers, NULL,
                           sums, n > 0);
        }
        NAME(transpose)(sums, pitch, terms, filters, dw + first * terms, terms);
    }
    free(offsets);
    free(places);
    free(padded);
    free(memory);
    free(sums);
    return status;
}
