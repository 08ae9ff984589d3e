/* Runs the tile over a whole padded image, for the forward pass and for dx. */

/* The sum over the terms is cut into equal slices, whose weights stay in the first-level cache while the tile moves
 * over the image. */
static ptrdiff_t NAME(terms_at_once)(ptrdiff_t terms) {
    ptrdiff_t most = 1280 / sizeof(REAL), slices = (terms + most - 1) / most;
    return slices ? (terms + slices - 1) / slices : 1;
}

/* Vectors of tiles of 1, 2, ... rows: the maximum that leaves registers for the operands. */
static const int NAME(vectors_for)[] = VECTORS_FOR_ROWS;

#define TILE(rows, vectors) \
    case rows * 16 + vectors: \
        NAME(tile_##rows##_##vectors)(terms, weights, bias, offsets, image, places, target); \
        break;
#define DEFINE_TILE(rows, vectors) \
    static NEVER_INLINE void NAME(tile_##rows##_##vectors)( \
        ptrdiff_t terms, const REAL *weights, const REAL *bias, const ptrdiff_t *offsets, const REAL *image, \
        const place *places, const NAME(target) *target) { \
        NAME(tile)(rows, vectors, terms, weights, bias, offsets, image, places, target); \
    }
FOR_EACH_TILE(DEFINE_TILE)
#undef DEFINE_TILE

static void NAME(run_tile)(int rows, int vectors, ptrdiff_t terms, const REAL *weights, const REAL *bias,
                           const ptrdiff_t *offsets, const REAL *image, const place *places,
                           const NAME(target) *target) {
    switch (rows * 16 + vectors) {
        FOR_EACH_TILE(TILE)
    }
}
#undef TILE

static void NAME(convolve)(ptrdiff_t filters, ptrdiff_t terms, const REAL *packed, const REAL *b,
                           const ptrdiff_t *offsets, const REAL *image, const place *places, ptrdiff_t count,
                           REAL *out, ptrdiff_t filter_pitch, ptrdiff_t step) {
    ptrdiff_t blocks = blocks_of(filters), at_once = NAME(terms_at_once)(terms);
    ptrdiff_t k = 0;
    do {  /* once if there are no terms: the sum is 0 */
        ptrdiff_t some = terms - k < at_once ? terms - k : at_once;
        for (ptrdiff_t block = 0; block < blocks; block++) {
            ptrdiff_t f = block_start(filters, block);
            int rows = (int)(block_start(filters, block + 1) - f);
            int most = NAME(vectors_for)[rows - 1];
            NAME(target) target = {out + f * filter_pitch, filter_pitch, step, k > 0};
            ptrdiff_t groups = (count + most - 1) / most;
            for (ptrdiff_t g = 0; g < groups; g++) {
                ptrdiff_t start = count * g / groups, end = count * (g + 1) / groups;
                NAME(run_tile)(rows, (int)(end - start), some, packed + f * terms + k * rows, k || !b ? NULL : b + f,
                               offsets + k, image, places + start, &target);
            }
        }
        k += at_once;
    } while (k < terms);
}

