/* Peak performance of a core: multiply-adds without memory access. Benchmarks are given as a share of it. */

static ptrdiff_t NAME(multiply_adds)(ptrdiff_t rounds) {
    NAME(vec) sum[12], factor = NAME(broadcast)((REAL)0.999), term = NAME(broadcast)((REAL)0.001);
    UNROLL for (int i = 0; i < 12; i++)
        sum[i] = NAME(broadcast)((REAL)i);
    for (ptrdiff_t n = 0; n < rounds; n++) {
        UNROLL for (int i = 0; i < 12; i++)
            sum[i] = sum[i] * factor + term;
    }
    UNROLL for (int i = 1; i < 12; i++)
        sum[0] += sum[i];
    volatile REAL used = NAME(sum_of_lanes)(sum[0]);  /* so that the compiler does not remove the loop */
    (void)used;
    return 12 * LANES;
}
