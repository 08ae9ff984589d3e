/* The padded image: the one copy that the convolution makes of its input, an image at a time, small enough to stay
 * in the processor's cache.
 *
 * Column `col` of the padded image is a zero, or column col - left of the image. For stride S, an output at column j
 * reads column j * S + tap. Eight neighbouring outputs read eight columns S apart, which no single load fetches.
 * So the columns of a row are dealt out like cards, into S phases: phase p holds columns p, p + S, p + 2S, ... side
 * by side. Column j * S + tap is number j + tap / S of phase tap % S: for every tap, neighbouring outputs
 * read neighbouring numbers.
 */

typedef struct {
    ptrdiff_t channels, height, width;  /* the image */
    ptrdiff_t top, left;                /* rows and columns of zeros before it */
    ptrdiff_t rows, columns;            /* the padded image, as far as any window reaches */
    ptrdiff_t phases;
    ptrdiff_t phase_pitch, row_pitch, channel_pitch, size;  /* distances, counted in numbers */
} NAME(padded);

static NAME(padded) NAME(padded_image)(ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, ptrdiff_t top,
                                       ptrdiff_t left, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t phases) {
    /* A stride beyond the image has no more phases than the image has columns. */
    phases = phases < columns ? phases : columns;
    NAME(padded) p = {channels, height, width, top, left, rows, columns, phases, 0, 0, 0, 0};
    p.phase_pitch = (columns + phases - 1) / phases;
    p.row_pitch = phases * p.phase_pitch;
    p.channel_pitch = rows * p.row_pitch;
    /* The last vector of the last row may reach past the end. What it reads there is never used. */
    p.size = channels * p.channel_pitch + 2 * LANES;
    return p;
}

static ptrdiff_t NAME(column_place)(const NAME(padded) *p, ptrdiff_t column) {
    return column % p->phases * p->phase_pitch + column / p->phases;
}

/* Deals the columns of one row into phases; with `phases` known when this is compiled, the loop becomes shuffles. */
static ALWAYS_INLINE void NAME(deal)(const REAL *from, REAL *row, ptrdiff_t columns, ptrdiff_t left, ptrdiff_t pitch,
                                     const ptrdiff_t phases) {
    for (ptrdiff_t phase = 0; phase < phases; phase++) {
        /* the first q with q * phases + phase >= left */
        ptrdiff_t q = left > phase ? (left - phase + phases - 1) / phases : 0;
        ptrdiff_t end = columns + left > phase ? (columns + left - phase + phases - 1) / phases : 0;
        const REAL *source = from + phase - left;
        for (; q < end; q++)
            row[phase * pitch + q] = source[q * phases];
    }
}

/* Copies an image into its place between the zeros, which are there already: the caller cleared the memory once. */
static void NAME(fill_padded)(const NAME(padded) *p, const REAL *image, REAL *padded) {
    ptrdiff_t rows = p->rows - p->top < p->height ? p->rows - p->top : p->height;
    ptrdiff_t columns = p->columns - p->left < p->width ? p->columns - p->left : p->width;
    if (columns <= 0)
        return;
    for (ptrdiff_t c = 0; c < p->channels; c++)
        for (ptrdiff_t h = 0; h < rows; h++) {
            const REAL *from = image + (c * p->height + h) * p->width;
            REAL *row = padded + c * p->channel_pitch + (h + p->top) * p->row_pitch;
            if (p->phases == 1)
                memcpy(row + p->left, from, columns * sizeof(REAL));
            else if (p->phases == 2)
                NAME(deal)(from, row, columns, p->left, p->phase_pitch, 2);
            else
                NAME(deal)(from, row, columns, p->left, p->phase_pitch, p->phases);
        }
}
