/* The transforms of Winograd's method. Lanes are channels (or filters), so images are stored with channels last, and
 * no image is too narrow for a register. Lanes past the last channel are unused. */

/* Channels, filled up to whole registers and whole tiles of the product */
static ptrdiff_t NAME(whole)(ptrdiff_t channels) {
    ptrdiff_t unit = LANES > WINOGRAD_ROWS ? LANES : WINOGRAD_ROWS;
    return (channels + unit - 1) / unit * unit;
}

static ALWAYS_INLINE NAME(vec) NAME(combine)(const double *factors, const NAME(vec) *in, const int count) {
    NAME(vec) sum = {0};
    UNROLL for (int i = 0; i < count; i++)
        if (factors[i])
            sum += (REAL)factors[i] * in[i];
    return sum;
}

/* to = matrix from matrix^T (+ bias) for the channels of a register. `from` is size x size, `to` is rows x rows; number
 * k of them is at from_at[k] and to_at[k]. Returns zeros, but NaN in lanes with a result that is infinite or NaN. */
static ALWAYS_INLINE NAME(vec) NAME(transform)(const int rows, const int size, const double *matrix, const REAL *from,
                                               const ptrdiff_t *from_at, REAL *to, const ptrdiff_t *to_at,
                                               const REAL *bias) {
    NAME(vec) half[WINOGRAD_POINTS], in[6], spoiled = {0};
    for (int k = 0; k < size; k++) {
        UNROLL for (int j = 0; j < size; j++)
            in[j] = NAME(load)(from + from_at[j * size + k]);
        UNROLL for (int i = 0; i < rows; i++)
            half[i * size + k] = NAME(combine)(matrix + i * size, in, size);
    }
    for (int i = 0; i < rows; i++) {
        UNROLL for (int k = 0; k < rows; k++) {
            NAME(vec) sum = NAME(combine)(matrix + k * size, half + i * size, size);
            sum = bias ? sum + NAME(load)(bias) : sum;
            NAME(store)(to + to_at[i * rows + k], sum);
            spoiled += 0 * sum;
        }
    }
    return spoiled;
}
