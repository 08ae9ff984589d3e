/* A register of numbers, with GNU vector extensions: the compiler turns the arithmetic into SSE, AVX2, AVX-512 or NEON
 * instructions, depending on the build. Included once for float and once for double. */

typedef REAL NAME(vec) __attribute__((vector_size(VECTOR_BYTES)));
typedef REAL NAME(unaligned_vec) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));

static ALWAYS_INLINE NAME(vec) NAME(load)(const REAL *from) {
    return *(const NAME(unaligned_vec) *)from;
}

static ALWAYS_INLINE void NAME(store)(REAL *to, NAME(vec) value) {
    *(NAME(unaligned_vec) *)to = value;
}

static ALWAYS_INLINE NAME(vec) NAME(broadcast)(REAL value) {
    return value - (NAME(vec)){0};  /* x - 0 is x for every x, -0 and NaN included */
}

/* Sixteen bytes, the narrowest register. */
typedef REAL NAME(quarter) __attribute__((vector_size(16)));

/* Halves the register until sixteen bytes are left; adding lane by lane would take a step for each. */
static ALWAYS_INLINE REAL NAME(sum_of_lanes)(NAME(vec) value) {
    NAME(quarter) part[VECTOR_BYTES / 16];
    memcpy(part, &value, sizeof value);
    UNROLL for (int parts = VECTOR_BYTES / 32; parts > 0; parts /= 2) {
        UNROLL for (int i = 0; i < parts; i++)
            part[i] += part[i + parts];
    }
    REAL sum = 0;
    UNROLL for (int i = 0; i < 16 / (int)sizeof(REAL); i++)
        sum += part[0][i];
    return sum;
}
