"""Reads numbers of any number of bits, as video codecs write their headers."""

from predictions.inference.containers import Damaged

MOST_ZEROS = 32  # before a number in Exp-Golomb code; both standards allow no more


class Bits:
    """Most significant bit first. Reading past the end raises Damaged."""

    def __init__(self, content: bytes) -> None:
        self.value, self.left = int.from_bytes(content, "big"), 8 * len(content)

    def read(self, count: int) -> int:
        if count > self.left:
            raise Damaged
        self.left -= count
        return self.value >> self.left & (1 << count) - 1

    def exp_golomb(self) -> int:
        """ue(v) of HEVC (section 9.2), uvlc() of AV1 (section 4.10.3)."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros >= MOST_ZEROS:
                raise Damaged
        return (1 << zeros) - 1 + self.read(zeros)
