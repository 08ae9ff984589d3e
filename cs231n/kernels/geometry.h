/* Layouts and offsets, independent of the number type. Included once in each build. */

/* The padded image: the only copy that the convolution makes of its input, one image at a time, small enough to stay
 * in the processor's cache.
 *
 * Column `col` of the padded image is a zero, or column col - left of the image. For stride S, an output at column j
 * reads column j * S + tap. Eight neighbouring outputs read eight columns S apart, which no single load fetches.
 * So the columns of a row are split into S phases: phase p holds columns p, p + S, p + 2S, ... side by side. Column
 * j * S + tap is number j + tap / S of phase tap % S, so for every tap, neighbouring outputs read neighbouring numbers.
 */

typedef struct {
    ptrdiff_t channels, height, width;  /* the image */
    ptrdiff_t top, left;                /* rows and columns of zeros before it */
    ptrdiff_t rows, columns;            /* the padded image, as far as any window reaches */
    ptrdiff_t phases;
    ptrdiff_t phase_pitch, row_pitch, channel_pitch, size;  /* distances, counted in numbers */
} layout;

static layout layout_of(ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, ptrdiff_t top, ptrdiff_t left,
                        ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t phases) {
    /* The number of phases is at most the number of columns, even for a larger stride. */
    phases = phases < columns ? phases : columns;
    layout p = {channels, height, width, top, left, rows, columns, phases, 0, 0, 0, 0};
    p.phase_pitch = (columns + phases - 1) / phases;
    p.row_pitch = phases * p.phase_pitch;
    p.channel_pitch = rows * p.row_pitch;
    /* The last vector of the last row may reach past the end. The numbers there are never used. */
    p.size = channels * p.channel_pitch + 2 * FLOAT_LANES;
    return p;
}

static ptrdiff_t column_place(const layout *p, ptrdiff_t column) {
    return column % p->phases * p->phase_pitch + column / p->phases;
}

static layout input_layout(const conv_shape *s, ptrdiff_t phases) {
    return layout_of(s->channels, s->height, s->width, s->pad, s->pad,
                              (s->out_height - 1) * s->stride + s->filter_height,
                              (s->out_width - 1) * s->stride + s->filter_width, phases);
}

/* offset[k] of term k = (c, h, w): distance of its input from the window's first pixel */
static void list_offsets(const conv_shape *s, const layout *p, ptrdiff_t shift, ptrdiff_t *offsets) {
    for (ptrdiff_t c = 0; c < s->channels; c++)
        for (ptrdiff_t h = 0; h < s->filter_height; h++)
            for (ptrdiff_t w = 0; w < s->filter_width; w++)
                *offsets++ = c * p->channel_pitch + h * p->row_pitch + column_place(p, w + shift);
}

/* Taps of a filter for the pixels of a phase, see conv_dx.h. */
static ptrdiff_t taps_of(ptrdiff_t filter_size, ptrdiff_t phase, ptrdiff_t stride) {
    return phase < filter_size ? (filter_size - phase + stride - 1) / stride : 0;
}

/* Number of phases of rows (or columns): the stride, but at most the size of the padded image. */
static ptrdiff_t phases_of(ptrdiff_t stride, ptrdiff_t padded_size) {
    return stride < padded_size ? stride : padded_size;
}

/* Filters cut into blocks of nearly equal size, one tile high each: 25 filters are 7 + 6 + 6 + 6, not 8 + 8 + 8 + 1. */

static ptrdiff_t blocks_of(ptrdiff_t filters) {
    return (filters + MAX_ROWS - 1) / MAX_ROWS;
}

static ptrdiff_t block_start(ptrdiff_t filters, ptrdiff_t block) {
    ptrdiff_t blocks = blocks_of(filters), larger = filters % blocks;
    return filters / blocks * block + (block < larger ? block : larger);
}

/* One vector of outputs: the start of its inputs, its target, and its number of lanes. */
typedef struct {
    ptrdiff_t from, to, lanes;
} place;

/* Lists the vectors of an output of height x width. Row i reads from i * from_pitch on and goes to i * to_pitch. */
static ptrdiff_t list_places(place *places, ptrdiff_t lanes, ptrdiff_t height, ptrdiff_t width, ptrdiff_t from_pitch,
                             ptrdiff_t to_pitch, ptrdiff_t step) {
    ptrdiff_t count = 0;
    for (ptrdiff_t i = 0; i < height; i++)
        for (ptrdiff_t j = 0; j < width; j += lanes)
            places[count++] = (place){i * from_pitch + j, i * to_pitch + j * step,
                                            width - j < lanes ? width - j : lanes};
    return count;
}

/* Lists the places of single outputs, see filter_lanes.h. */
static void list_windows(ptrdiff_t *places, ptrdiff_t height, ptrdiff_t width, ptrdiff_t row_step,
                         ptrdiff_t column_step) {
    for (ptrdiff_t i = 0; i < height; i++)
        for (ptrdiff_t j = 0; j < width; j++)
            *places++ = i * row_step + j * column_step;
}
