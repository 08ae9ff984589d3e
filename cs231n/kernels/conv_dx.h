/* dx, gathered: each pixel collects the gradients of the outputs that it contributed to.
 *
 * Pixel h of the image is row h + pad of the padded one. With stride s write h + pad = q * s + phase. The windows that
 * contain it start at row (q - i) * s and have the pixel in their row phase + i * s, for i = 0, 1, ... up to the last
 * row of the filter. The same holds for columns. So the pixels of one phase (row phase, column phase) are an ordinary
 * convolution of stride 1:
 *
 *     dx[c, q, r] = sum over f, i, j of  w[f, c, row_phase + i * s, column_phase + j * s] * dout[f, q - i, r - j]
 *
 * with zeros around dout, and the tile of the forward pass computes it.
 */

/* Whether the lanes run along the channels, which dx has in place of filters. */
static int NAME(along_channels)(const conv_shape *s) {
    ptrdiff_t terms = s->filters * taps_of(s->filter_height, 0, s->stride) * taps_of(s->filter_width, 0, s->stride);
    return NAME(along_filters)(s->channels, (s->width + s->stride - 1) / s->stride, terms);
}

/* The weights of dx as tiles read them: by phase, by block of channels (with the lanes along channels by group), by
 * term, then by channel. */
static void NAME(pack_flipped)(const REAL *w, REAL *packed, const conv_shape *s) {
    int along = NAME(along_channels)(s);
    ptrdiff_t registers = NAME(registers_of)(s->channels);
    ptrdiff_t blocks = along ? NAME(groups_of)(registers) : blocks_of(s->channels);
    packed = along ? NAME(aligned)(packed) : packed;
    ptrdiff_t row_phases = phases_of(s->stride, s->pad + s->height);
    ptrdiff_t column_phases = phases_of(s->stride, s->pad + s->width);
    for (ptrdiff_t row_phase = 0; row_phase < row_phases; row_phase++)
        for (ptrdiff_t column_phase = 0; column_phase < column_phases; column_phase++)
            for (ptrdiff_t block = 0; block < blocks; block++) {
                ptrdiff_t start = along ? registers * block / blocks * LANES : block_start(s->channels, block);
                ptrdiff_t end = along ? registers * (block + 1) / blocks * LANES : block_start(s->channels, block + 1);
                if (along && s->stride == 1) {  /* the taps of a filter are neighbours: faster than number by number */
                    ptrdiff_t taps = s->filter_height * s->filter_width, lanes = end - start;
                    ptrdiff_t some = s->channels - start < lanes ? s->channels - start : lanes;
                    if (some < lanes)
                        memset(packed, 0, s->filters * taps * lanes * sizeof *packed);
                    for (ptrdiff_t f = 0; f < s->filters; f++, packed += taps * lanes)
                        NAME(transpose)(w + (f * s->channels + start) * taps, taps, some, taps, packed, lanes);
                    continue;
                }
                for (ptrdiff_t f = 0; f < s->filters; f++)
                    for (ptrdiff_t h = row_phase; h < s->filter_height; h += s->stride)
                        for (ptrdiff_t v = column_phase; v < s->filter_width; v += s->stride)
                            for (ptrdiff_t c = start; c < end; c++)
                                *packed++ = c >= s->channels ? 0 :
                                    w[((f * s->channels + c) * s->filter_height + h) * s->filter_width + v];
            }
}

/* One phase of the image's pixels: its sum, its places in dout and in dx. */
typedef struct {
    const REAL *weights;
    ptrdiff_t terms, *offsets, count;
    place *places;
    ptrdiff_t from, to;
} NAME(dx_phase);

static ptrdiff_t NAME(plan_dx)(const conv_shape *s, const layout *p, const REAL *flipped, ptrdiff_t *offsets,
                               place *places, ptrdiff_t lanes, NAME(dx_phase) *phases) {
    ptrdiff_t count = 0, stride = s->stride, pad = s->pad;
    for (ptrdiff_t row_phase = 0; row_phase < phases_of(stride, pad + s->height); row_phase++)
        for (ptrdiff_t column_phase = 0; column_phase < phases_of(stride, pad + s->width); column_phase++) {
            ptrdiff_t tap_rows = taps_of(s->filter_height, row_phase, stride);
            ptrdiff_t tap_columns = taps_of(s->filter_width, column_phase, stride);
            NAME(dx_phase) phase = {flipped, s->filters * tap_rows * tap_columns, offsets, 0, places, 0, 0};
            for (ptrdiff_t f = 0; f < s->filters; f++)
                for (ptrdiff_t i = 0; i < tap_rows; i++)
                    for (ptrdiff_t j = 0; j < tap_columns; j++)
                        *offsets++ = f * p->channel_pitch + (p->top - i) * p->row_pitch + p->left - j;
            flipped += phase.terms * (lanes == 1 ? NAME(registers_of)(s->channels) * LANES : s->channels);
            /* the first q and r of pixels in the image, not in its padding */
            ptrdiff_t q = pad > row_phase ? (pad - row_phase + stride - 1) / stride : 0;
            ptrdiff_t r = pad > column_phase ? (pad - column_phase + stride - 1) / stride : 0;
            ptrdiff_t h = q * stride + row_phase - pad, w = r * stride + column_phase - pad;
            if (h >= s->height || w >= s->width)
                continue;
            phase.from = q * p->row_pitch + r;
            phase.to = h * s->width + w;
            ptrdiff_t rows = (s->height - h + stride - 1) / stride, columns = (s->width - w + stride - 1) / stride;
            phase.count = list_places(places, lanes, rows, columns, p->row_pitch, stride * s->width, stride);
            places += phase.count;
            phases[count++] = phase;
        }
    return count;
}

/* Writes dout of a pooled layer to the maxima of its windows; the other pixels of the padded image are zero. */
static void NAME(fill_spread)(const layout *p, const REAL *dout, const unsigned char *numbers, REAL *padded) {
    ptrdiff_t height = p->height / 2, width = p->width / 2;
    for (ptrdiff_t f = 0; f < p->channels; f++)
        for (ptrdiff_t i = 0; i < height; i++) {
            ptrdiff_t at = (f * height + i) * width;
            REAL *upper = padded + f * p->channel_pitch + (p->top + 2 * i) * p->row_pitch + p->left;
            NAME(spread_rows)(dout + at, numbers + at, width, upper, upper + p->row_pitch);
        }
}

/* dx of a phase with the lanes along channels. `from` and `sums` have room for a phase. */
static void NAME(phase_along_channels)(const conv_shape *s, const NAME(dx_phase) *phase, const REAL *padded,
                                       ptrdiff_t *from, REAL *sums, REAL *dx) {
    ptrdiff_t registers = NAME(registers_of)(s->channels), pitch = registers * LANES, pixels = s->height * s->width;
    for (ptrdiff_t i = 0; i < phase->count; i++)
        from[i] = phase->from + phase->places[i].from;
    NAME(multiply)(padded, from, phase->count, phase->offsets, phase->terms, NAME(terms_at_once)(phase->terms),
                   phase->weights, registers, NULL, sums, 0);
    if (s->stride == 1)
        NAME(transpose)(sums, pitch, pixels, s->channels, dx, pixels);
    else
        for (ptrdiff_t c = 0; c < s->channels; c++)
            for (ptrdiff_t i = 0; i < phase->count; i++)
                dx[c * pixels + phase->to + phase->places[i].to] = sums[i * pitch + c];
}

/* dout (N, F, H', W'), numbers NULL; or dout (N, F, H' / 2, W' / 2) of the pooled layer, and its numbers. */
static int NAME(conv_dx)(const REAL *dout, const unsigned char *numbers, const REAL *flipped, REAL *dx,
                         const conv_shape *s, ptrdiff_t first, ptrdiff_t last) {
    ptrdiff_t top = (s->filter_height - 1) / s->stride, left = (s->filter_width - 1) / s->stride;
    ptrdiff_t row_phases = phases_of(s->stride, s->pad + s->height);
    ptrdiff_t column_phases = phases_of(s->stride, s->pad + s->width);
    ptrdiff_t pixels = s->height * s->width;
    ptrdiff_t map = numbers ? (s->out_height / 2) * (s->out_width / 2) : s->out_height * s->out_width;
    /* With much padding some windows are outside the image; all of dout is copied anyway. */
    ptrdiff_t rows = (s->height - 1 + s->pad) / s->stride + 1, columns = (s->width - 1 + s->pad) / s->stride + 1;
    rows = rows > s->out_height ? rows : s->out_height;
    columns = columns > s->out_width ? columns : s->out_width;
    layout p = layout_of(s->filters, s->out_height, s->out_width, top, left, top + rows, left + columns, 1);
    ptrdiff_t *offsets = malloc((s->filters * s->filter_height * s->filter_width + 1) * sizeof *offsets);
    int along = NAME(along_channels)(s);
    ptrdiff_t most = along ? pixels : s->height * (s->width / LANES + column_phases);
    place *places = malloc(most * sizeof *places);
    ptrdiff_t *from = malloc((along ? pixels : 1) * sizeof *from);
    REAL *sums = malloc((along ? pixels * NAME(registers_of)(s->channels) * LANES : 1) * sizeof *sums);
    NAME(dx_phase) *phases = malloc(row_phases * column_phases * sizeof *phases);
    REAL *padded = calloc(p.size, sizeof *padded);
    int status = offsets && places && phases && padded && from && sums ? 0 : -1;
    if (status == 0) {
        ptrdiff_t count = NAME(plan_dx)(s, &p, along ? NAME(aligned)(flipped) : flipped, offsets, places,
                                        along ? 1 : LANES, phases);
        for (ptrdiff_t n = first; n < last; n++) {
            if (numbers)
                NAME(fill_spread)(&p, dout + n * s->filters * map, numbers + n * s->filters * map, padded);
            else
                NAME(fill_padded)(&p, dout + n * s->filters * map, padded);
            for (NAME(dx_phase) *f = phases; f < phases + count; f++) {
                if (along) {
                    NAME(phase_along_channels)(s, f, padded, from, sums, dx + n * s->channels * pixels);
                    continue;
                }
                NAME(convolve)(s->channels, f->terms, f->weights, NULL, f->offsets, padded + f->from, f->places,
                               f->count, dx + n * s->channels * pixels + f->to, pixels, s->stride);
            }
        }
    }
    free(offsets);
    free(places);
    free(phases);
    free(padded);
    free(from);
    free(sums);
    return status;
}
