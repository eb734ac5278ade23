"""Whether a file reaches its own end mark. Decoders stop at the last pixel that they need, and so do not say.

Formats: PNG (W3C, section 5: chunks with a CRC), GIF89a (blocks and their sub-blocks), RIFF as WebP uses it. A JPEG's
end is found by its decoder, an AVIF's by its. What follows the end mark is nobody's business here.
"""

import struct
import zlib

PNG_SIGNATURE_BYTES = 8
CHUNK_FRAME = struct.Struct(">I4s")  # length of the data, name; a CRC of 4 bytes follows the data
GIF_HEADER_BYTES = 13
GIF_DESCRIPTOR_BYTES = 9
COLOUR_TABLE = 0x80  # the flag that says that there is one, 3 << (1 + lowest three bits) bytes long
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
RIFF_FRAME_BYTES = 8
WEBP_HEADER_BYTES = 30
UNWRITTEN_BYTES = 256


class CutShort(Exception):
    """The file ends before its end mark, or a part of it is not what its check sum says."""


def check_png(data: bytes) -> None:
    """Walk the chunks up to IEND.

    Raises:
        CutShort: they end before, or a CRC does not fit.
    """
    position, name = PNG_SIGNATURE_BYTES, b""
    while name != b"IEND":
        body = position + CHUNK_FRAME.size
        if body > len(data):
            raise CutShort("it ends before its IEND chunk")
        length, name = CHUNK_FRAME.unpack_from(data, position)
        end = body + length + 4
        if end > len(data):
            raise CutShort(f"it ends within a chunk {name!r}")
        if zlib.crc32(memoryview(data)[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            raise CutShort(f"the check sum of a chunk {name!r} does not fit")
        position = end


def check_gif(data: bytes) -> None:
    """Walk the blocks up to the trailer.

    Raises:
        CutShort: they end before it, or a block is of no known kind.
    """
    try:
        position = GIF_HEADER_BYTES + _colour_table_bytes(data[10])
        while (kind := data[position]) != TRAILER:
            if kind == EXTENSION:
                position = _after_sub_blocks(data, position + 2)
            elif kind == IMAGE:
                table = _colour_table_bytes(data[position + GIF_DESCRIPTOR_BYTES])
                position = _after_sub_blocks(data, position + GIF_DESCRIPTOR_BYTES + 1 + table + 1)
            else:
                raise CutShort(f"it has a block of the unknown kind {kind:#x}")
    except IndexError:
        raise CutShort("it ends before its trailer") from None


def check_riff(data: bytes) -> None:
    """Compare the length that the file says with the one that it has, and look whether all of it is there.

    Raises:
        CutShort: it is shorter, or was never filled.
    """
    check_written(data)
    if len(data) < RIFF_FRAME_BYTES + int.from_bytes(data[4:8], "little"):
        raise CutShort("it is shorter than it says")


def check_written(data: bytes) -> None:
    """Look for a stretch that was never written: WebP and AVIF have no check sums, and zeros decode to something.

    Raises:
        CutShort: there is one; compressed data has none of that length.
    """
    if bytes(max(UNWRITTEN_BYTES, len(data) // 20)) in data:
        raise CutShort("a part of it was never written")


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that the first chunk of a WebP says, before any memory is taken for it; None if it is none.

    Source: the WebP container specification, and RFC 6386 (VP8) and 9649 (VP8L) for files without VP8X.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < WEBP_HEADER_BYTES:
        return None
    kind, header = data[12:16], data[20:WEBP_HEADER_BYTES]
    if kind == b"VP8X":
        return 1 + int.from_bytes(header[4:7], "little"), 1 + int.from_bytes(header[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(header[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(header[6:8], "little") & 0x3FFF, int.from_bytes(header[8:10], "little") & 0x3FFF


def _colour_table_bytes(flags: int) -> int:
    return 3 << (1 + (flags & 7)) if flags & COLOUR_TABLE else 0


def _after_sub_blocks(data: bytes, position: int) -> int:
    while size := data[position]:
        position += 1 + size
    return position + 1
