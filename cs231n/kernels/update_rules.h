/* One step of an update rule, in one pass over memory; cs231n/_fast_rules.py has the sources of the formulas. */

static void NAME(sgd)(REAL *restrict w, const REAL *restrict dw, REAL rate, ptrdiff_t first, ptrdiff_t last) {
    for (ptrdiff_t i = first; i < last; i++)
        w[i] -= rate * dw[i];
}

static void NAME(sgd_momentum)(REAL *restrict w, const REAL *restrict dw, REAL *restrict velocity, REAL rate,
                               REAL momentum, ptrdiff_t first, ptrdiff_t last) {
    for (ptrdiff_t i = first; i < last; i++) {
        velocity[i] = momentum * velocity[i] - rate * dw[i];
        w[i] += velocity[i];
    }
}

static void NAME(rmsprop)(REAL *restrict w, const REAL *restrict dw, REAL *restrict cache, REAL rate, REAL decay_rate,
                          REAL one_minus_decay_rate, REAL epsilon, ptrdiff_t first, ptrdiff_t last) {
    for (ptrdiff_t i = first; i < last; i++) {
        cache[i] = decay_rate * cache[i] + one_minus_decay_rate * dw[i] * dw[i];
        w[i] -= rate * dw[i] / (SQRT(cache[i]) + epsilon);
    }
}

static void NAME(adam)(REAL *restrict w, const REAL *restrict dw, REAL *restrict m, REAL *restrict v, REAL rate,
                       REAL beta1, REAL one_minus_beta1, REAL beta2, REAL one_minus_beta2, REAL epsilon,
                       ptrdiff_t first, ptrdiff_t last) {
    for (ptrdiff_t i = first; i < last; i++) {
        m[i] = beta1 * m[i] + one_minus_beta1 * dw[i];
        v[i] = beta2 * v[i] + one_minus_beta2 * dw[i] * dw[i];
        w[i] -= rate * m[i] / (SQRT(v[i]) + epsilon);
    }
}

/* Returns 0 if any number is infinite or NaN: x - x is zero only for finite numbers. */
static int NAME(all_finite)(const REAL *x, ptrdiff_t size) {
    NAME(vec) sums[4] = {{0}, {0}, {0}, {0}};
    REAL sum = 0;
    ptrdiff_t i = 0;
    for (; i + 4 * LANES <= size; i += 4 * LANES)
        UNROLL for (int j = 0; j < 4; j++) {
            NAME(vec) some = NAME(load)(x + i + j * LANES);
            sums[j] += some - some;
        }
    for (; i < size; i++)
        sum += x[i] - x[i];
    return sum + NAME(sum_of_lanes)(sums[0] + sums[1] + sums[2] + sums[3]) == 0;
}
