"""Sets of articles as whole numbers: a bit for each place of a list."""

from collections.abc import Iterator

CHUNK_BYTES = 512


def bits_at(positions: list[int], size: int) -> int:
    data = bytearray(size)
    for at in positions:
        data[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(data, "little")


def places(bits: int, start: int, stop: int) -> Iterator[int]:
    """Yield the places of the set bits from the start-th to before the stop-th."""
    data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    passed = 0
    for offset in range(0, len(data), CHUNK_BYTES):
        chunk = int.from_bytes(data[offset : offset + CHUNK_BYTES], "little")
        n_bits = chunk.bit_count()
        if passed + n_bits > start:
            while chunk and passed < stop:
                lowest = chunk & -chunk
                if passed >= start:
                    yield offset * 8 + lowest.bit_length() - 1
                passed += 1
                chunk ^= lowest
        else:
            passed += n_bits
        if passed >= stop:
            return
