/* The affine layer of a minibatch: x (N, D), w (D, M), with small N. The tiles of the convolution compute it:
 * they read w, by far the largest array, only once and without a copy. They share the work between the threads of this
 * package; BLAS would start its own threads, which compete for the processor. The order of the sums does not depend on
 * the number of threads.
 *
 * M is at least LANES, so that a register that starts in a row of w ends in the next row at the latest.
 */

enum {
    NAME(AFFINE_TERMS) = 640 / sizeof(REAL)  /* rows of w at once: their registers stay in the first-level cache */
};

/* Adds to some registers of out, for all rows of x. In terms of a convolution's tile, the rows of x are the filters, a
 * row of w is an input, and the terms are the rows of w. Meanwhile part `part` of the rows after them is fetched. */
static void NAME(affine_tiles)(const REAL *packed, ptrdiff_t terms, const affine_shape *s, const ptrdiff_t *offsets,
                               const REAL *w, const place *places, ptrdiff_t vectors, REAL *out, prefetch_block *next,
                               ptrdiff_t part, ptrdiff_t parts) {
    ptrdiff_t blocks = blocks_of(s->rows);
    for (ptrdiff_t block = 0; block < blocks; block++) {
        ptrdiff_t n = block_start(s->rows, block), rows = block_start(s->rows, block + 1) - n;
        NAME(target) target = {out + n * s->outputs, s->outputs, 1, 1};
        prefetch_until(next, part * blocks + block + 1, parts * blocks);
        NAME(run_tile)((int)rows, (int)vectors, terms, packed + n * terms, NULL, offsets, w, places, &target);
    }
}

/* out = x @ w + b; a part is a register of columns. */
static int NAME(affine_forward)(const REAL *x, const REAL *w, const REAL *b, REAL *out, const affine_shape *s,
                                ptrdiff_t first, ptrdiff_t last) {
    ptrdiff_t offsets[NAME(AFFINE_TERMS)], tail_offsets[NAME(AFFINE_TERMS)];
    ptrdiff_t start = first * LANES, end = last * LANES < s->outputs ? last * LANES : s->outputs;
    ptrdiff_t whole = (end - start) / LANES;  /* registers that end in their row of w; one more may not */
    REAL *packed = malloc(s->rows * NAME(AFFINE_TERMS) * sizeof *packed);
    REAL *tail = calloc(NAME(AFFINE_TERMS) * LANES, sizeof *tail);
    int status = packed && tail ? 0 : -1;
    for (ptrdiff_t k = 0; k < NAME(AFFINE_TERMS); k++) {
        offsets[k] = k * s->outputs;
        tail_offsets[k] = k * LANES;
    }
    for (ptrdiff_t n = 0; n < s->rows; n++)
        memcpy(out + n * s->outputs + start, b + start, (end - start) * sizeof *out);
    for (ptrdiff_t k = 0; status == 0 && k < s->inputs; k += NAME(AFFINE_TERMS)) {
        ptrdiff_t terms = s->inputs - k < NAME(AFFINE_TERMS) ? s->inputs - k : NAME(AFFINE_TERMS);
        ptrdiff_t rest = s->inputs - k - terms;
        prefetch_block next = block_to_prefetch(w + (k + terms) * s->outputs + start,
                                                rest < NAME(AFFINE_TERMS) ? rest : NAME(AFFINE_TERMS),
                                                (end - start) * sizeof *w, s->outputs * sizeof *w);
        NAME(pack)(x + k, s->rows, terms, s->inputs, packed);
        for (ptrdiff_t v = 0; v < whole; v += AFFINE_VECTORS) {
            ptrdiff_t vectors = whole - v < AFFINE_VECTORS ? whole - v : AFFINE_VECTORS;
            place places[AFFINE_VECTORS];
            for (ptrdiff_t j = 0; j < vectors; j++)
                places[j] = (place){(v + j) * LANES, (v + j) * LANES, LANES};
            NAME(affine_tiles)(packed, terms, s, offsets, w + k * s->outputs + start, places, vectors, out + start,
                               &next, v / AFFINE_VECTORS, (whole + AFFINE_VECTORS - 1) / AFFINE_VECTORS);
        }
        if (start + whole * LANES < end) {
            ptrdiff_t at = start + whole * LANES, lanes = end - at;
            place last_place = {0, 0, lanes};
            for (ptrdiff_t row = 0; row < terms; row++)
                memcpy(tail + row * LANES, w + (k + row) * s->outputs + at, lanes * sizeof *tail);
            NAME(affine_tiles)(packed, terms, s, tail_offsets, tail, &last_place, 1, out + at, &next, 0, 1);
        }
    }
    free(packed);
    free(tail);
    return status;
}

/* dw = x.T @ dout; a part is a row of dw. In its tile the rows of dw are the filters, the rows of dout the terms. */
static int NAME(affine_dw)(const REAL *x, const REAL *dout, REAL *dw, const affine_shape *s, ptrdiff_t first,
                           ptrdiff_t last) {
    ptrdiff_t vectors = (s->outputs + LANES - 1) / LANES;
    ptrdiff_t *offsets = malloc(s->rows * sizeof *offsets);
    place *places = malloc(vectors * sizeof *places);
    REAL *padded = calloc(s->rows * vectors * LANES, sizeof *padded);
    REAL *packed = malloc(s->rows * MAX_ROWS * sizeof *packed);
    int status = offsets && places && padded && packed ? 0 : -1;
    if (status == 0) {
        list_places(places, LANES, 1, s->outputs, 0, 0, 1);
        for (ptrdiff_t n = 0; n < s->rows; n++) {
            offsets[n] = n * vectors * LANES;
            memcpy(padded + offsets[n], dout + n * s->outputs, s->outputs * sizeof *padded);
        }
        for (ptrdiff_t d = first; d < last; d += MAX_ROWS) {
            int rows = (int)(last - d < MAX_ROWS ? last - d : MAX_ROWS);
            for (ptrdiff_t n = 0; n < s->rows; n++)
                memcpy(packed + n * rows, x + n * s->inputs + d, rows * sizeof *packed);
            NAME(target) target = {dw + d * s->outputs, s->outputs, 1, 0};
            /* The rows of the next tile are about to be written: a store into a line that is not in the cache waits. */
            const char *next = (const char *)(dw + (d + rows) * s->outputs);
            ptrdiff_t lines = last - d < 2 * MAX_ROWS ? 0 : MAX_ROWS * s->outputs * sizeof *dw / CACHE_LINE;
            for (ptrdiff_t v = 0; v < vectors; v += AFFINE_VECTORS) {
                int some = (int)(vectors - v < AFFINE_VECTORS ? vectors - v : AFFINE_VECTORS);
                for (ptrdiff_t line = lines * v / vectors; line < lines * (v + some) / vectors; line++)
                    __builtin_prefetch(next + line * CACHE_LINE, 1, 3);
                NAME(run_tile)(rows, some, s->rows, packed, NULL, offsets, padded, places + v, &target);
            }
        }
    }
    free(offsets);
    free(places);
    free(padded);
    free(packed);
    return status;
}

/* dx = dout @ w.T; a part is a row of w, a column of dx. The sum runs along the rows of both factors, so this is the
 * tile of a convolution's dw: the rows of dout are the filters, the rows of w the taps. Numbers beyond a row of w are
 * multiplied by a zero of dout; the caller checks for infinities and NaN. */
static int NAME(affine_dx)(const REAL *dout, const REAL *w, REAL *dx, const affine_shape *s, ptrdiff_t first,
                           ptrdiff_t last) {
    ptrdiff_t vectors = (s->outputs + LANES - 1) / LANES, pitch = vectors * LANES;
    ptrdiff_t offsets[DW_TAPS], tail_offsets[DW_TAPS];
    ptrdiff_t *places = malloc(vectors * sizeof *places);
    REAL *packed = calloc(s->rows * pitch, sizeof *packed);
    REAL *tail = calloc(DW_TAPS * pitch, sizeof *tail);
    int status = places && packed && tail ? 0 : -1;
    if (status == 0) {
        for (ptrdiff_t v = 0; v < vectors; v++)
            places[v] = v * LANES;
        for (ptrdiff_t t = 0; t < DW_TAPS; t++) {
            offsets[t] = t * s->outputs;
            tail_offsets[t] = t * pitch;
        }
        for (ptrdiff_t n = 0; n < s->rows; n++) {
            ptrdiff_t block = n / DW_FILTERS * DW_FILTERS;
            ptrdiff_t filters = s->rows - block < DW_FILTERS ? s->rows - block : DW_FILTERS;
            REAL *to = packed + block * pitch + (n - block) * LANES;
            for (ptrdiff_t j = 0; j < s->outputs; j++)
                to[j / LANES * filters * LANES + j % LANES] = dout[n * s->outputs + j];
            memset(dx + n * s->inputs + first, 0, (last - first) * sizeof *dx);
        }
        for (ptrdiff_t d = first; d < last; d += DW_TAPS) {
            ptrdiff_t taps = last - d < DW_TAPS ? last - d : DW_TAPS;
            int at_end = d + taps == s->inputs;  /* a register of the last row would read beyond w */
            for (ptrdiff_t t = 0; at_end && t < taps; t++)
                memcpy(tail + t * pitch, w + (d + t) * s->outputs, s->outputs * sizeof *tail);
            const REAL *from = at_end ? tail : w + d * s->outputs;
            ptrdiff_t rest = s->inputs - d - taps, row_bytes = s->outputs * sizeof *w;
            prefetch_block next = block_to_prefetch(w + (d + taps) * s->outputs, rest < DW_TAPS ? rest : DW_TAPS,
                                                    row_bytes, row_bytes);
            for (ptrdiff_t n = 0; n < s->rows; n += DW_FILTERS) {
                ptrdiff_t filters = s->rows - n < DW_FILTERS ? s->rows - n : DW_FILTERS;
                prefetch_until(&next, n + filters, s->rows);
                NAME(run_dw_tile)(filters, taps, vectors, places, packed + n * pitch, from,
                                  at_end ? tail_offsets : offsets, dx + n * s->inputs + d, s->inputs);
            }
        }
    }
    free(places);
    free(packed);
    free(tail);
    return status;
}
