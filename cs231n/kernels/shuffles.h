/* Splits two registers into the numbers at even and at odd places, and the reverse. The lane numbers must be constants,
 * so they are written out for every width. Older gcc has another name for the same function. */

#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (NAME(mask)){__VA_ARGS__})
#endif

#define EVEN_LANES(a, b) WITH_LANES(EVEN_, LANES, a, b)
#define ODD_LANES(a, b) WITH_LANES(ODD_, LANES, a, b)
#define FIRST_IN_TURNS(a, b) WITH_LANES(FIRST_, LANES, a, b)  /* a0 b0 a1 b1 ..., as many as fit */
#define LAST_IN_TURNS(a, b) WITH_LANES(LAST_, LANES, a, b)    /* and the rest of them */
#define WITH_LANES(what, lanes, a, b) WITH_LANES_(what, lanes, a, b)
#define WITH_LANES_(what, lanes, a, b) what##lanes(a, b)

#define EVEN_2(a, b) SHUFFLE(a, b, 0, 2)
#define ODD_2(a, b) SHUFFLE(a, b, 1, 3)
#define FIRST_2(a, b) SHUFFLE(a, b, 0, 2)
#define LAST_2(a, b) SHUFFLE(a, b, 1, 3)

#define EVEN_4(a, b) SHUFFLE(a, b, 0, 2, 4, 6)
#define ODD_4(a, b) SHUFFLE(a, b, 1, 3, 5, 7)
#define FIRST_4(a, b) SHUFFLE(a, b, 0, 4, 1, 5)
#define LAST_4(a, b) SHUFFLE(a, b, 2, 6, 3, 7)

#define EVEN_8(a, b) SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD_8(a, b) SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define FIRST_8(a, b) SHUFFLE(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define LAST_8(a, b) SHUFFLE(a, b, 4, 12, 5, 13, 6, 14, 7, 15)

#define EVEN_16(a, b) SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD_16(a, b) SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define FIRST_16(a, b) SHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define LAST_16(a, b) SHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
