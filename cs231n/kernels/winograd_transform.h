/* The transforms of Winograd's method. Lanes are channels (or filters), so images are stored with channels last, and
 * no image is too narrow for a register. Lanes past the last channel hold numbers that nobody reads. */

/* Channels, filled up to whole registers and whole tiles of the product */
static ptrdiff_t NAME(whole)(ptrdiff_t channels) {
    ptrdiff_t unit = LANES > WINOGRAD_ROWS ? LANES : WINOGRAD_ROWS;
    return (channels + unit - 1) / unit * unit;
}

/* The first cache line of an array with 16 spare numbers. A load that straddles two lines takes twice as long. */
static REAL *NAME(aligned)(const REAL *array) {
    return (REAL *)(((uintptr_t)array + 63) / 64 * 64);
}

/* to[column][row] = from[row][column] */
static NEVER_INLINE void NAME(transpose)(const REAL *from, ptrdiff_t from_pitch, ptrdiff_t rows, ptrdiff_t columns,
                                         REAL *to, ptrdiff_t to_pitch) {
    for (ptrdiff_t j = 0; j < columns; j += LANES)
        for (ptrdiff_t i = 0; i < rows; i += LANES) {
            const REAL *corner = from + i * from_pitch + j;
            REAL *target = to + j * to_pitch + i;
            if (rows - i < LANES || columns - j < LANES) {
                for (ptrdiff_t r = 0; r < LANES && r < rows - i; r++)
                    for (ptrdiff_t c = 0; c < LANES && c < columns - j; c++)
                        target[c * to_pitch + r] = corner[r * from_pitch + c];
                continue;
            }
            NAME(vec) row[LANES], merged[LANES];
            UNROLL for (int r = 0; r < LANES; r++)
                row[r] = NAME(load)(corner + r * from_pitch);
            /* Each round merges rows r and r + LANES / 2. After log2(LANES) rounds, a register holds a column. */
            UNROLL for (int round = 1; round < LANES; round *= 2) {
                UNROLL for (int r = 0; r < LANES; r += 2) {
                    merged[r] = FIRST_IN_TURNS(row[r / 2], row[(r + LANES) / 2]);
                    merged[r + 1] = LAST_IN_TURNS(row[r / 2], row[(r + LANES) / 2]);
                }
                UNROLL for (int r = 0; r < LANES; r++)
                    row[r] = merged[r];
            }
            UNROLL for (int r = 0; r < LANES; r++)
                NAME(store)(target + r * to_pitch, row[r]);
        }
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
