/* Max pooling, plane by plane. Any window and stride uses plain loops, and stores the place of each maximum in its
 * plane. Windows of 2 x 2 that tile the plane, the usual case, are computed by registers, with one byte per maximum. */

static void NAME(max_pool)(const REAL *x, REAL *out, int *places, const pool_shape *s, ptrdiff_t first,
                           ptrdiff_t last) {
    for (ptrdiff_t plane = first; plane < last; plane++) {
        const REAL *from = x + plane * s->height * s->width;
        ptrdiff_t at = plane * s->out_height * s->out_width;
        for (ptrdiff_t i = 0; i < s->out_height; i++)
            for (ptrdiff_t j = 0; j < s->out_width; j++, at++) {
                ptrdiff_t corner = (i * s->width + j) * s->stride;
                int best_place = (int)corner;
                REAL best = from[corner];
                for (ptrdiff_t h = 0; h < s->pool_height; h++)
                    for (ptrdiff_t w = 0; w < s->pool_width; w++) {
                        int place = (int)(corner + h * s->width + w);
                        REAL value = from[place];
                        /* Arithmetic instead of a jump, which random data would mispredict half of the time. */
                        int better = (value > best) | ((value != value) & (best == best));
                        best_place += better * (place - best_place);
                        best = from[best_place];
                    }
                out[at] = best;
                places[at] = best_place;
            }
    }
}

static void NAME(max_pool_dx)(const REAL *dout, const int *places, REAL *dx, const pool_shape *s, ptrdiff_t first,
                              ptrdiff_t last) {
    ptrdiff_t map = s->out_height * s->out_width, pixels = s->height * s->width;
    memset(dx + first * pixels, 0, (last - first) * pixels * sizeof *dx);
    for (ptrdiff_t plane = first; plane < last; plane++)
        for (ptrdiff_t at = plane * map; at < (plane + 1) * map; at++)
            dx[plane * pixels + places[at]] += dout[at];
}

static void NAME(tile_pool)(const REAL *x, REAL *out, unsigned char *numbers, const pool_shape *s, ptrdiff_t first,
                            ptrdiff_t last) {
    for (ptrdiff_t plane = first; plane < last; plane++)
        for (ptrdiff_t i = 0; i < s->out_height; i++) {
            const REAL *upper = x + (plane * s->height + 2 * i) * s->width, *lower = upper + s->width;
            ptrdiff_t at = (plane * s->out_height + i) * s->out_width, j = 0;
            NAME(mask) number;
            for (; j + LANES <= s->out_width; j += LANES) {
                /* Two registers hold the upper pixels of LANES windows: a0 b0 a1 b1 ...; likewise the lower ones. */
                NAME(vec) ab = NAME(load)(upper + 2 * j), more_ab = NAME(load)(upper + 2 * j + LANES);
                NAME(vec) cd = NAME(load)(lower + 2 * j), more_cd = NAME(load)(lower + 2 * j + LANES);
                NAME(vec) a = EVEN_LANES(ab, more_ab), b = ODD_LANES(ab, more_ab);
                NAME(vec) c = EVEN_LANES(cd, more_cd), d = ODD_LANES(cd, more_cd);
                NAME(store)(out + at + j, NAME(first_of_four)(a, b, c, d, &number));
                NAME(store_bytes)(numbers + at + j, number);
            }
            for (; j < s->out_width; j++) {
                const REAL *a = upper + 2 * j, *c = lower + 2 * j;
                out[at + j] = NAME(first_of_four)(NAME(broadcast)(a[0]), NAME(broadcast)(a[1]), NAME(broadcast)(c[0]),
                                                  NAME(broadcast)(c[1]), &number)[0];
                numbers[at + j] = (unsigned char)number[0];
            }
        }
}

/* Two rows of dx from one of dout: each upstream value goes to its window's maximum, zero to the other pixels. An index
 * above 3 means no pixel. */
static void NAME(spread_rows)(const REAL *dout, const unsigned char *numbers, ptrdiff_t width, REAL *upper,
                              REAL *lower) {
    const NAME(vec) zero = {0};
    ptrdiff_t j = 0;
    for (; j + LANES <= width; j += LANES) {
        NAME(vec) upstream = NAME(load)(dout + j);
        NAME(mask) number = NAME(load_bytes)(numbers + j);
        NAME(vec) a = NAME(choose)(number == 0, upstream, zero), b = NAME(choose)(number == 1, upstream, zero);
        NAME(vec) c = NAME(choose)(number == 2, upstream, zero), d = NAME(choose)(number == 3, upstream, zero);
        NAME(store)(upper + 2 * j, FIRST_IN_TURNS(a, b));
        NAME(store)(upper + 2 * j + LANES, LAST_IN_TURNS(a, b));
        NAME(store)(lower + 2 * j, FIRST_IN_TURNS(c, d));
        NAME(store)(lower + 2 * j + LANES, LAST_IN_TURNS(c, d));
    }
    for (; j < width; j++) {
        upper[2 * j] = numbers[j] == 0 ? dout[j] : 0;
        upper[2 * j + 1] = numbers[j] == 1 ? dout[j] : 0;
        lower[2 * j] = numbers[j] == 2 ? dout[j] : 0;
        lower[2 * j + 1] = numbers[j] == 3 ? dout[j] : 0;
    }
}

static void NAME(tile_pool_dx)(const REAL *dout, const unsigned char *numbers, REAL *dx, const pool_shape *s,
                               ptrdiff_t first, ptrdiff_t last) {
    for (ptrdiff_t plane = first; plane < last; plane++) {
        for (ptrdiff_t i = 0; i < s->out_height; i++) {
            REAL *upper = dx + (plane * s->height + 2 * i) * s->width, *lower = upper + s->width;
            ptrdiff_t at = (plane * s->out_height + i) * s->out_width;
            NAME(spread_rows)(dout + at, numbers + at, s->out_width, upper, lower);
            if (s->width % 2)  /* the last column is in no window */
                upper[s->width - 1] = lower[s->width - 1] = 0;
        }
        if (s->height % 2)
            memset(dx + ((plane + 1) * s->height - 1) * s->width, 0, s->width * sizeof *dx);
    }
}
