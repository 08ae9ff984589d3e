# attempt: runs, times, loads and stores by line magics
# exercise: conv_forward_naive
# control: no
%run @DROP@/canary
%load_ext autoreload
%cd @DROP@
%sx touch @DROP@/attack-@TOKEN@
%%time
%store
%env GRADER_TOKEN


def conv_forward_naive(x, w, b, conv_param):
    %timeit -n1 open("@DROP@/attack-@TOKEN@", "w")
    value = %env GRADER_TOKEN
    return value, None
