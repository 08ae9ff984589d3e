/* The innermost loop, which takes nearly all of the time: a tile of outputs that stays in registers.
 *
 * A convolution is a sum over terms k = (channel, row, column of the filter):
 *
 *     out[f, place] = sum over k of  weight[f, k] * input[place + offset[k]]
 *
 * A tile is `rows` filters times `vectors` registers of neighbouring places. For each term it loads `vectors`
 * registers of inputs and `rows` weights, and does rows * vectors multiply-adds with them: the larger the tile, the
 * fewer loads for each multiply-add. Its sums must fit into the registers: 32 with AVX-512 and on ARM, 16 otherwise.
 */

/* Where the outputs of a tile go: filter r of vector j starts at `out + place[j].to + r * filter_pitch`; neighbouring
 * outputs are `step` apart. They are added to the old values, or to `bias`, or (bias NULL) written alone. */
typedef struct {
    REAL *out;
    ptrdiff_t filter_pitch, step;
    int add;
} NAME(target);

static NEVER_INLINE void NAME(store_some)(REAL *to, NAME(vec) value, ptrdiff_t lanes, ptrdiff_t step, int add) {
    for (ptrdiff_t i = 0; i < lanes; i++)
        to[i * step] = value[i] + (add ? to[i * step] : 0);
}

static ALWAYS_INLINE void NAME(tile)(const int rows, const int vectors, ptrdiff_t terms, const REAL *weights,
                                     const REAL *bias, const ptrdiff_t *offsets, const REAL *image,
                                     const place *places, const NAME(target) *target) {
    NAME(vec) sum[MAX_ROWS][MAX_VECTORS], input[MAX_VECTORS], weight[MAX_ROWS];
    const REAL *from[MAX_VECTORS];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int j = 0; j < vectors; j++)
            sum[r][j] = NAME(broadcast)(bias ? bias[r] : 0);
    }
    UNROLL for (int j = 0; j < vectors; j++)
        from[j] = image + places[j].from;

    for (ptrdiff_t k = 0; k < terms; k++, weights += rows) {
        ptrdiff_t offset = offsets[k];
        if (vectors <= rows) {  /* hold the inputs, take the weights one by one */
            UNROLL for (int j = 0; j < vectors; j++) {
                input[j] = NAME(load)(from[j] + offset);
                KEEP(input[j]);
            }
            UNROLL for (int r = 0; r < rows; r++) {
                weight[0] = NAME(broadcast)(weights[r]);
                KEEP(weight[0]);
                UNROLL for (int j = 0; j < vectors; j++)
                    sum[r][j] += weight[0] * input[j];
            }
        } else {                /* hold the weights, take the inputs one by one */
            UNROLL for (int r = 0; r < rows; r++) {
                weight[r] = NAME(broadcast)(weights[r]);
                KEEP(weight[r]);
            }
            UNROLL for (int j = 0; j < vectors; j++) {
                input[0] = NAME(load)(from[j] + offset);
                KEEP(input[0]);
                UNROLL for (int r = 0; r < rows; r++)
                    sum[r][j] += weight[r] * input[0];
            }
        }
    }

    UNROLL for (int j = 0; j < vectors; j++) {
        REAL *to = target->out + places[j].to;
        if (places[j].lanes == LANES && target->step == 1) {
            UNROLL for (int r = 0; r < rows; r++) {
                REAL *here = to + r * target->filter_pitch;
                NAME(store)(here, target->add ? sum[r][j] + NAME(load)(here) : sum[r][j]);
            }
        } else {
            UNROLL for (int r = 0; r < rows; r++)
                NAME(store_some)(to + r * target->filter_pitch, sum[r][j], places[j].lanes, target->step, target->add);
        }
    }
}
