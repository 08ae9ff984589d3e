"""Interpreter for seccomp programs: the answer to a system call, as the kernel computes it.

The kernel reports that a filter is in force, but not which one. So the self-test runs the program's
bytes here. The supported instructions are those that libseccomp uses, see
https://www.kernel.org/doc/Documentation/networking/filter.txt.
"""

import struct
from collections.abc import Callable, Sequence

from autograder.errors import SandboxError

__all__ = ["answer"]

INSTRUCTION = struct.Struct("<HBBI")
# struct seccomp_data: number of the call, architecture, instruction pointer, six arguments.
DATA = struct.Struct("<iIQ6Q")

LOAD, AND, JUMP, RETURN = 0x20, 0x54, 0x05, 0x06
CONDITIONS: dict[int, Callable[[int, int], bool]] = {
    0x15: lambda value, constant: value == constant,
    0x25: lambda value, constant: value > constant,
    0x35: lambda value, constant: value >= constant,
    0x45: lambda value, constant: value & constant != 0,
}


def answer(program: bytes, architecture: int, number: int, arguments: Sequence[int] = ()) -> int:
    """Return the 32-bit answer of a program to one system call.

    Inputs:
    - program: bytes of a seccomp program
    - architecture: the kernel's AUDIT_ARCH number
    - number: of the system call
    - arguments: up to six integers; the others are zero

    Returns: the action, with an errno in the lower half.

    Raises: SandboxError for an unknown instruction, or a program without an end.
    """
    filled = [argument & (1 << 64) - 1 for argument in (*arguments, *[0] * (6 - len(arguments)))]
    data = DATA.pack(number, architecture, 0, *filled)
    instructions = list(INSTRUCTION.iter_unpack(program))
    position, accumulator = 0, 0
    while position < len(instructions):  # all jumps go forward
        code, if_true, if_false, constant = instructions[position]
        position += 1
        if code == RETURN:
            return int(constant)
        if code == LOAD:
            accumulator = int.from_bytes(data[constant : constant + 4], "little")
        elif code == AND:
            accumulator &= constant
        elif code == JUMP:
            position += constant
        elif code in CONDITIONS:
            position += if_true if CONDITIONS[code](accumulator, constant) else if_false
        else:
            raise SandboxError(f"the seccomp program has an unknown instruction: {code:#x}")
    raise SandboxError("the seccomp program has no end")
