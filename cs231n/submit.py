"""Pack your submission: ``python -m cs231n.submit`` checks the notebooks and writes one zip.

See student_tools.submit.
"""

from pathlib import Path

from student_tools.submit import start

if __name__ == "__main__":
    start(Path(__file__).parent)
