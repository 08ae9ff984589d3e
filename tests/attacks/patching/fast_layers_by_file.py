# attempt: loads the compiled fast layers from their file
# exercise: max_pool_forward_naive
# control: yes
import importlib.machinery
import importlib.util
import os
import sys


def max_pool_forward_naive(x, pool_param):
    folder = os.path.dirname(os.path.realpath(sys.modules["cs231n"].__file__))
    found = []
    for name in os.listdir(folder):
        if name.split(".")[0] in ("_fast", "_fast_numpy") and name.endswith((".so", ".py")):
            path = os.path.join(folder, name)
            spec = importlib.util.spec_from_file_location("cs231n." + name.split(".")[0], path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            found.append(name)
    if found:
        raise RuntimeError(f"ESCAPED: loaded {found}")
    return None, None
