/* The forward pass: out[n, f, i, j] = b[f] + sum over c, h, w of w[f, c, h, w] * padded[n, c, i * stride + h, j * stride + w] */

/* Writes the weights in the order in which tiles read them: block by block, term by term, the block's filters side by side. */
static void NAME(pack)(const REAL *w, ptrdiff_t filters, ptrdiff_t terms, REAL *packed) {
    for (ptrdiff_t block = 0; block < NAME(blocks_of)(filters); block++) {
        ptrdiff_t f = NAME(block_start)(filters, block), end = NAME(block_start)(filters, block + 1);
        for (ptrdiff_t k = 0; k < terms; k++)
            for (ptrdiff_t r = f; r < end; r++)
                *packed++ = w[r * terms + k];
    }
}

static void NAME(pack_filters)(const REAL *w, REAL *packed, const conv_shape *s) {
    NAME(pack)(w, s->filters, s->channels * s->filter_height * s->filter_width, packed);
}

static NAME(padded) NAME(padded_input)(const conv_shape *s, ptrdiff_t phases) {
    return NAME(padded_image)(s->channels, s->height, s->width, s->pad, s->pad,
                              (s->out_height - 1) * s->stride + s->filter_height,
                              (s->out_width - 1) * s->stride + s->filter_width, phases);
}

/* offset[k] of term k = (c, h, w): how far its input is from that of the window's first pixel */
static void NAME(list_offsets)(const conv_shape *s, const NAME(padded) *p, ptrdiff_t shift, ptrdiff_t *offsets) {
    for (ptrdiff_t c = 0; c < s->channels; c++)
        for (ptrdiff_t h = 0; h < s->filter_height; h++)
            for (ptrdiff_t w = 0; w < s->filter_width; w++)
                *offsets++ = c * p->channel_pitch + h * p->row_pitch + NAME(column_place)(p, w + shift);
}

static int NAME(conv_forward)(const REAL *x, const REAL *packed, const REAL *b, REAL *out, const conv_shape *s,
                              ptrdiff_t first, ptrdiff_t last) {
    NAME(padded) p = NAME(padded_input)(s, s->stride);
    ptrdiff_t terms = s->channels * s->filter_height * s->filter_width, map = s->out_height * s->out_width;
    ptrdiff_t *offsets = malloc((terms + 1) * sizeof *offsets);
    NAME(place) *places = malloc(s->out_height * ((s->out_width + LANES - 1) / LANES) * sizeof *places);
    REAL *padded = calloc(p.size, sizeof *padded);
    int status = offsets && places && padded ? 0 : -1;
    if (status == 0) {
        NAME(list_offsets)(s, &p, 0, offsets);
        ptrdiff_t count = NAME(list_places)(places, s->out_height, s->out_width, s->stride * p.row_pitch, s->out_width, 1);
        for (ptrdiff_t n = first; n < last; n++) {
            NAME(fill_padded)(&p, x + n * s->channels * s->height * s->width, padded);
            NAME(convolve)(s->filters, terms, packed, b, offsets, padded, places, count, out + n * s->filters * map, map, 1);
        }
    }
    free(offsets);
    free(places);
    free(padded);
    return status;
}
