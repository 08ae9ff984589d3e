/* Fills the padded image, see geometry.h for its layout. */

/* Splits the columns of one row into phases; with `phases` known at compile time, the loop becomes shuffles. */
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

/* Copies an image into the padded one; the caller has set its zeros. */
static void NAME(fill_padded)(const layout *p, const REAL *image, REAL *padded) {
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
