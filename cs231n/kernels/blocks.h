/* Filters cut into blocks of nearly equal size, one tile high each: 25 filters are 7 + 6 + 6 + 6, not 8 + 8 + 8 + 1. */

static ptrdiff_t NAME(blocks_of)(ptrdiff_t filters) {
    return (filters + MAX_ROWS - 1) / MAX_ROWS;
}

static ptrdiff_t NAME(block_start)(ptrdiff_t filters, ptrdiff_t block) {
    ptrdiff_t blocks = NAME(blocks_of)(filters), larger = filters % blocks;
    return filters / blocks * block + (block < larger ? block : larger);
}
