# attempt: declares an encoding in which its comments turn into code
# exercise: max_pool_forward_naive
# control: no
# -*- coding: utf-7 -*-
def max_pool_forward_naive(x, pool_param):
    return None, None  # +AAo-    x = None
