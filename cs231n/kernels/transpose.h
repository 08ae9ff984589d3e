/* Tables with their axes exchanged, for kernels with lanes along channels or filters. */

/* The first whole register of an array with spare numbers. A load that touches two lines of the cache takes twice as
 * long. */
static REAL *NAME(aligned)(const REAL *memory) {
    return (REAL *)(((uintptr_t)memory + VECTOR_BYTES - 1) / VECTOR_BYTES * VECTOR_BYTES);
}

/* to[j, i] = from[i, j]. Squares of LANES x LANES are transposed in registers: interleaving the two halves of the rows
 * moves one bit of the row number into the column number, so log2(LANES) steps exchange both. */
static NEVER_INLINE void NAME(transpose)(const REAL *from, ptrdiff_t from_pitch, ptrdiff_t rows, ptrdiff_t columns,
                                         REAL *to, ptrdiff_t to_pitch) {
    for (ptrdiff_t i = 0; i < rows; i += LANES)
        for (ptrdiff_t j = 0; j < columns; j += LANES) {
            if (rows - i >= LANES && columns - j >= LANES) {
                NAME(vec) part[LANES], turned[LANES];
                UNROLL for (int row = 0; row < LANES; row++)
                    part[row] = NAME(load)(from + (i + row) * from_pitch + j);
                UNROLL for (int step = 1; step < LANES; step *= 2) {
                    UNROLL for (int row = 0; row < LANES / 2; row++) {
                        turned[2 * row] = FIRST_IN_TURNS(part[row], part[row + LANES / 2]);
                        turned[2 * row + 1] = LAST_IN_TURNS(part[row], part[row + LANES / 2]);
                    }
                    UNROLL for (int row = 0; row < LANES; row++)
                        part[row] = turned[row];
                }
                UNROLL for (int row = 0; row < LANES; row++)
                    NAME(store)(to + (j + row) * to_pitch + i, part[row]);
            } else
                for (ptrdiff_t row = i; row < i + LANES && row < rows; row++)
                    for (ptrdiff_t column = j; column < j + LANES && column < columns; column++)
                        to[column * to_pitch + row] = from[row * from_pitch + column];
        }
}
