/* dw and db by Winograd's method, see winograd.h: 4 x 4 upstream gradients take the place of the filter, the result is
 * 3 x 3, and the sum at each point is over the tiles of all images:
 *
 *     S[p][f][c] = sum over tiles of  D[p][tile][f] * V[p][tile][c]
 */

/* dw and db of the images from `first` to before `last` alone */
static int NAME(winograd_dw)(const REAL *x, const REAL *dout, REAL *dw, REAL *db, const conv_shape *s, ptrdiff_t first,
                             ptrdiff_t last) {
    tiling t = tiling_of(s, first);
    NAME(side) in = NAME(side_of)(x, s->channels, s->height, s->width, &t);
    NAME(side) upstream = NAME(side_of)(dout, s->filters, s->out_height, s->out_width, &t);
    ptrdiff_t plane = upstream.pitch * in.pitch, from_at[WINOGRAD_POINTS], to_at[9];
    REAL *memory = calloc(WINOGRAD_POINTS * plane + 9 * in.pitch + 16, sizeof *memory);
    int status = in.memory && upstream.memory && memory ? 0 : -1;
    if (status == 0) {
        REAL *sums = NAME(aligned)(memory), *weights = sums + WINOGRAD_POINTS * plane;
        memset(db, 0, s->filters * sizeof *db);
        while (next_block(&t, last)) {
            ptrdiff_t tiles = t.images * (t.end - t.row) * t.columns;
            NAME(transform_block)(WINOGRAD_PIXELS, &in, &t, s->pad, NULL, NULL);
            NAME(transform_block)(WINOGRAD_GRADIENTS, &upstream, &t, 0, NULL, NULL);
            for (ptrdiff_t p = 0; p < WINOGRAD_POINTS; p++)
                NAME(product)(upstream.pitch, in.pitch, tiles, upstream.points + p * upstream.plane, 1, upstream.pitch,
                              in.points + p * in.plane, sums + p * plane, 1);
            /* Row 1 of G is (1 1 1 1) / 6, so point (1, 1) of a tile is the sum of its gradients, divided by 36. */
            const REAL *sum_of_tile = upstream.points + 7 * upstream.plane;
            for (ptrdiff_t i = 0; i < tiles; i++, sum_of_tile += upstream.pitch)
                for (ptrdiff_t f = 0; f < s->filters; f++)
                    db[f] += 36 * sum_of_tile[f];
        }
        list_multiples(plane, WINOGRAD_POINTS, from_at);
        list_multiples(in.pitch, 9, to_at);
        for (ptrdiff_t f = 0; f < s->filters; f++) {
            for (ptrdiff_t c = 0; c < in.pitch; c += LANES)
                NAME(transform)(3, 6, winograd_dw_weights, sums + f * in.pitch + c, from_at, weights + c, to_at, NULL);
            NAME(transpose)(weights, in.pitch, 9, s->channels, dw + f * s->channels * 9, 9);
        }
    }
    free(in.memory);
    free(upstream.memory);
    free(memory);
    return status;
}
