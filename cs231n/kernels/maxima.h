/* Comparing registers: the larger of two values lane by lane, and which one it was.
 *
 * As in NumPy, the first of equal values counts, and NaN counts as larger than any number. */

typedef INTEGER NAME(mask) __attribute__((vector_size(VECTOR_BYTES)));  /* integers as wide as REAL */
typedef unsigned char NAME(bytes) __attribute__((vector_size(LANES), aligned(1), may_alias));

static ALWAYS_INLINE NAME(vec) NAME(choose)(NAME(mask) condition, NAME(vec) yes, NAME(vec) no) {
    return (NAME(vec))((condition & (NAME(mask))yes) | (~condition & (NAME(mask))no));
}

/* All ones where `later` replaces `best`. */
static ALWAYS_INLINE NAME(mask) NAME(beats)(NAME(vec) later, NAME(vec) best) {
    return (NAME(mask))(later > best) | ((NAME(mask))(later != later) & (NAME(mask))(best == best));
}

/* The maximum of the four values of a 2 x 2 window, in reading order, and its number, 0 to 3. */
static ALWAYS_INLINE NAME(vec) NAME(first_of_four)(NAME(vec) a, NAME(vec) b, NAME(vec) c, NAME(vec) d,
                                                   NAME(mask) *number) {
    NAME(mask) right = NAME(beats)(b, a), lower_right = NAME(beats)(d, c);
    NAME(vec) upper = NAME(choose)(right, b, a), lower = NAME(choose)(lower_right, d, c);
    NAME(mask) below = NAME(beats)(lower, upper);
    *number = (below & (2 + (lower_right & 1))) | (~below & right & 1);
    return NAME(choose)(below, lower, upper);
}

static ALWAYS_INLINE void NAME(store_bytes)(unsigned char *to, NAME(mask) value) {
    *(NAME(bytes) *)to = __builtin_convertvector(value, NAME(bytes));
}

static ALWAYS_INLINE NAME(mask) NAME(load_bytes)(const unsigned char *from) {
    return __builtin_convertvector(*(const NAME(bytes) *)from, NAME(mask));
}
