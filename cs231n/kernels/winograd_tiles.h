/* Winograd's matrices, and how an image is cut into tiles, see winograd.h. Included once in each build.
 *
 * The points are 0, 1, -1, 1/2, -2 and infinity; tests/test_winograd.py derives the matrices from them. With 2 in place
 * of 1/2, errors would be about three times as large. */

/* What a block of tiles is made of: 6 x 6 pixels of x, or 4 x 4 of dout or out. */
enum { WINOGRAD_PIXELS, WINOGRAD_GRADIENTS, WINOGRAD_OUTPUTS };
enum {
    WINOGRAD_POINTS = 36,          /* 6 x 6 */
    WINOGRAD_TILES = 32,           /* of a block; their points stay in the second-level cache */
    WINOGRAD_ROWS = REGISTERS / 4  /* of a tile of the product; its columns are two registers */
};

static const double winograd_pixels[] = {  /* B^T */
    2, -3, -4, 3, 2, 0,   0, -2, 1, 5, 2, 0,   0, 2, -5, 1, 2, 0,
    0, -2, -1, 2, 1, 0,   0, 1, -2, -1, 2, 0,  0, 1, -1.5, -2, 1.5, 1,
};
static const double winograd_weights[] = {  /* G of 3 x 3 weights */
    1. / 2, 0, 0,                   1. / 6, 1. / 6, 1. / 6,      -1. / 6, 1. / 6, -1. / 6,
    -16. / 15, -8. / 15, -4. / 15,  1. / 30, -1. / 15, 2. / 15,  0, 0, 1,
};
static const double winograd_outputs[] = {  /* A^T of 4 x 4 outputs */
    1, 1, 1, 1, 1, 0,  0, 1, -1, .5, -2, 0,  0, 1, 1, .25, 4, 0,  0, 1, -1, .125, -8, 1,
};
static const double winograd_gradients[] = {  /* G of 4 x 4 gradients */
    1. / 2, 0, 0, 0,         1. / 6, 1. / 6, 1. / 6, 1. / 6,           -1. / 6, 1. / 6, -1. / 6, 1. / 6,
    -16. / 15, -8. / 15, -4. / 15, -2. / 15,  1. / 30, -1. / 15, 2. / 15, -4. / 15,  0, 0, 0, 1,
};
static const double winograd_dw_weights[] = {  /* A^T of 3 x 3 gradients of weights */
    1, 1, 1, 1, 1, 0,  0, 1, -1, .5, -2, 0,  0, 1, 1, .25, 4, 1,
};

/* Tiles are transformed and multiplied in blocks: some rows of tiles of an image, or all tiles of several images. */
typedef struct {
    ptrdiff_t rows, columns;                  /* tiles of an image */
    ptrdiff_t rows_at_once, images_at_once;
    ptrdiff_t tiles;                          /* of a block, filled up to whole tiles of the product */
    ptrdiff_t first_image, images, row, end;  /* the present block */
} tiling;

static tiling tiling_of(const conv_shape *s, ptrdiff_t first_image) {
    tiling t = {(s->out_height + 3) / 4, (s->out_width + 3) / 4, 1, 1, 0, first_image, 0, 0, 0};
    while (t.rows_at_once < t.rows && (t.rows_at_once + 1) * t.columns <= WINOGRAD_TILES)
        t.rows_at_once++;
    while (t.rows_at_once == t.rows && (t.images_at_once + 1) * t.rows * t.columns <= WINOGRAD_TILES)
        t.images_at_once++;
    t.tiles = t.images_at_once * t.rows_at_once * t.columns;
    t.tiles = (t.tiles + WINOGRAD_ROWS - 1) / WINOGRAD_ROWS * WINOGRAD_ROWS;
    return t;
}

/* Goes to the next block of the images before `last`, from first_image on; returns 0 at the end. */
static int next_block(tiling *t, ptrdiff_t last) {
    if (t->end == t->rows)
        t->first_image += t->images;
    t->row = t->end % t->rows;
    t->end = t->rows - t->row < t->rows_at_once ? t->rows : t->row + t->rows_at_once;
    t->images = last - t->first_image < t->images_at_once ? last - t->first_image : t->images_at_once;
    return t->images > 0;
}

static void list_multiples(ptrdiff_t distance, int count, ptrdiff_t *at) {
    for (int i = 0; i < count; i++)
        at[i] = i * distance;
}
