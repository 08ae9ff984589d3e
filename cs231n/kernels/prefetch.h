/* Asks for memory before it is needed: the cache fetches it while tiles are computed. Processors do this by
 * themselves for memory that is read in order, but the tiles read some columns of many rows at a time. Independent of
 * the number type. Included once in each build. */

enum { CACHE_LINE = 64 };

/* A block of a matrix whose first lines have been asked for. */
typedef struct {
    const char *row;                /* the next line's row */
    ptrdiff_t row_bytes;            /* distance of rows */
    ptrdiff_t lines_in_row, lines;  /* lines of a row, and of the block */
    ptrdiff_t line, fetched;        /* the next line in its row; lines fetched so far */
} prefetch_block;

/* A block of rows of `bytes` each. If that is all of the row, the block is one long row. */
static prefetch_block block_to_prefetch(const void *start, ptrdiff_t rows, ptrdiff_t bytes, ptrdiff_t row_bytes) {
    ptrdiff_t whole = bytes == row_bytes, lines = ((whole ? rows * bytes : bytes) + CACHE_LINE - 1) / CACHE_LINE;
    return (prefetch_block){start, row_bytes, lines, whole ? lines : rows * lines, 0, 0};
}

/* Fetches the lines of part `part` of `parts` into the second-level cache, and those before it. */
static ALWAYS_INLINE void prefetch_until(prefetch_block *block, ptrdiff_t part, ptrdiff_t parts) {
    for (ptrdiff_t end = block->lines * part / parts; block->fetched < end; block->fetched++) {
        __builtin_prefetch(block->row + block->line * CACHE_LINE, 0, 2);
        if (++block->line == block->lines_in_row) {
            block->line = 0;
            block->row += block->row_bytes;
        }
    }
}
