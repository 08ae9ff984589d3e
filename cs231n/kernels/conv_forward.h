/* The forward pass:
 *
 *     out[n, f, i, j] = b[f] + sum over c, h, w of  w[f, c, h, w] * padded[n, c, i * stride + h, j * stride + w]
 */

/* Writes the weights in the order in which tiles read them: by block, by term, then by filter of the block. */
static void NAME(pack)(const REAL *w, ptrdiff_t filters, ptrdiff_t terms, ptrdiff_t pitch, REAL *packed) {
    for (ptrdiff_t block = 0; block < blocks_of(filters); block++) {
        ptrdiff_t f = block_start(filters, block), end = block_start(filters, block + 1);
        for (ptrdiff_t k = 0; k < terms; k++)
            for (ptrdiff_t r = f; r < end; r++)
                *packed++ = w[r * pitch + k];
    }
}

static void NAME(pack_filters)(const REAL *w, REAL *packed, const conv_shape *s) {
    ptrdiff_t terms = s->channels * s->filter_height * s->filter_width;
    if (NAME(forward_is_along_filters)(s))
        NAME(pack_groups)(w, s->filters, terms, 0, terms, NAME(aligned)(packed));
    else
        NAME(pack)(w, s->filters, terms, terms, packed);
}

static int NAME(conv_forward)(const REAL *x, const REAL *packed, const REAL *b, REAL *out, const conv_shape *s,
                              ptrdiff_t first, ptrdiff_t last) {
    if (NAME(forward_is_along_filters)(s))
        return NAME(forward_along_filters)(x, packed, b, out, s, first, last);
    layout p = input_layout(s, s->stride);
    ptrdiff_t terms = s->channels * s->filter_height * s->filter_width, map = s->out_height * s->out_width;
    ptrdiff_t *offsets = malloc((terms + 1) * sizeof *offsets);
    place *places = malloc(s->out_height * ((s->out_width + LANES - 1) / LANES) * sizeof *places);
    REAL *padded = calloc(p.size, sizeof *padded);
    int status = offsets && places && padded ? 0 : -1;
    if (status == 0) {
        list_offsets(s, &p, 0, offsets);
        ptrdiff_t row_step = s->stride * p.row_pitch;
        ptrdiff_t count = list_places(places, LANES, s->out_height, s->out_width, row_step, s->out_width, 1);
        for (ptrdiff_t n = first; n < last; n++) {
            NAME(fill_padded)(&p, x + n * s->channels * s->height * s->width, padded);
            NAME(convolve)(s->filters, terms, packed, b, offsets, padded, places, count, out + n * s->filters * map,
                           map, 1);
        }
    }
    free(offsets);
    free(places);
    free(padded);
    return status;
}
