"""Where image files keep their Exif and XMP metadata, without decoding or re-encoding the image.

JPEG    APP1 segments                              CIPA DC-008 (Exif), 4.7.2; Adobe XMP part 3, 1.1.3
PNG     the chunks eXIf and iTXt                   PNG (third edition), 11.3.3 and 11.3.4; XMP part 3, 1.1.5
WebP    the RIFF chunks `EXIF` and `XMP `          WebP container specification
"""

import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

from mediakit.errors import InputError


class Metadata(NamedTuple):
    """The Exif (a TIFF structure) and the XMP (an XML packet) of an image file; None for what it does not have."""

    exif: bytes | None = None
    xmp: bytes | None = None


class Container(NamedTuple):
    """A file format.

    read: the metadata in a file's bytes.
    write: the file's bytes with other metadata; all else is kept byte for byte.
    """

    read: Callable[[bytes], Metadata]
    write: Callable[[bytes, Metadata], bytes]


_DAMAGED = "is damaged or cut short; it was left as it is"

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MOST_IN_SEGMENT = 65533


def _read_jpeg(content: bytes) -> Metadata:
    payloads = [segment[4:] for segment in _segments(content)[0] if segment[1] == 0xE1]
    exif = next((payload.removeprefix(_EXIF) for payload in payloads if payload.startswith(_EXIF)), None)
    return Metadata(exif, next((payload.removeprefix(_XMP) for payload in payloads if payload.startswith(_XMP)), None))


def _write_jpeg(content: bytes, metadata: Metadata) -> bytes:
    segments, image = _segments(content)
    place = next((i for i, segment in enumerate(segments) if segment[1] != 0xE0), len(segments))  # JFIF comes first
    several = next((i for i, segment in enumerate(segments) if segment[1] == 0xE2 and segment[4:8] == b"MPF\0"), len(segments))
    for head, payload in ((_EXIF, metadata.exif), (_XMP, metadata.xmp)):
        if payload is None:
            continue
        new = b"\xff\xe1" + struct.pack(">H", min(len(head + payload), _MOST_IN_SEGMENT) + 2) + head + payload
        if len(head + payload) > _MOST_IN_SEGMENT:
            raise InputError("its metadata is full: a JPEG segment holds 64 KiB")
        old = next((i for i, segment in enumerate(segments) if segment[1] == 0xE1 and segment[4:].startswith(head)), None)
        if old is None:
            segments.insert(place, new)
            several += 1
        elif old > several and len(segments[old]) != len(new):
            raise InputError("its metadata cannot grow without moving the other images in the file")  # offsets count from MPF
        else:
            segments[old] = new
        place = (place if old is None else old) + 1
    return content[:2] + b"".join(segments) + image


def _segments(content: bytes) -> tuple[list[bytes], bytes]:
    """The segments before the image's data, each with its marker and length, and all that follows."""
    segments: list[bytes] = []
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xDA:  # start of scan
            return segments, content[place:]
        if marker == 0xFF:  # padding
            place += 1
            continue
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        segments.append(content[place:end])
        place = end
    raise InputError(_DAMAGED)


_XMP_KEYWORD = b"XML:com.adobe.xmp\0"


def _read_png(content: bytes) -> Metadata:
    chunks = _png_chunks(content)[0]
    exif = next((chunk[8:-4] for chunk in chunks if chunk[4:8] == b"eXIf"), None)
    return Metadata(exif, next((_text(chunk[8:-4]) for chunk in chunks if _is_xmp(chunk)), None))


def _write_png(content: bytes, metadata: Metadata) -> bytes:
    chunks, rest = _png_chunks(content)
    new = []
    if metadata.exif is not None:
        chunks = [chunk for chunk in chunks if chunk[4:8] != b"eXIf"]
        new.append(_png_chunk(b"eXIf", metadata.exif))
    if metadata.xmp is not None:
        chunks = [chunk for chunk in chunks if not _is_xmp(chunk)]
        new.append(_png_chunk(b"iTXt", _XMP_KEYWORD + bytes(4) + metadata.xmp))
    place = next((i for i, chunk in enumerate(chunks) if chunk[4:8] == b"IDAT"), None)
    if place is None:
        raise InputError(_DAMAGED)
    return content[:8] + b"".join([*chunks[:place], *new, *chunks[place:]]) + rest


def _is_xmp(chunk: bytes) -> bool:
    return chunk[4:8] == b"iTXt" and chunk[8:].startswith(_XMP_KEYWORD)


def _text(data: bytes) -> bytes:
    """The text of an iTXt chunk. Raises InputError if it cannot be unpacked."""
    try:
        compressed = data[len(_XMP_KEYWORD)]
        text = data[len(_XMP_KEYWORD) + 2 :].split(b"\0", 2)[2]  # after the language and the translated keyword
        return zlib.decompress(text) if compressed else text
    except (IndexError, zlib.error) as error:
        raise InputError(_DAMAGED) from error


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_chunks(content: bytes) -> tuple[list[bytes], bytes]:
    """The chunks, each with its length and checksum, and what follows the last one."""
    chunks: list[bytes] = []
    place = 8
    while not chunks or chunks[-1][4:8] != b"IEND":
        end = place + 12 + int.from_bytes(content[place : place + 4], "big")
        if end > len(content):
            raise InputError(_DAMAGED)
        chunks.append(content[place:end])
        place = end
    return chunks, content[place:]


_HAS_EXIF, _HAS_XMP, _HAS_ALPHA = 0x08, 0x04, 0x10


def _read_webp(content: bytes) -> Metadata:
    chunks = dict(_webp_chunks(content)[0])
    exif = chunks.get(b"EXIF")
    return Metadata(exif and exif.removeprefix(_EXIF), chunks.get(b"XMP "))


def _write_webp(content: bytes, metadata: Metadata) -> bytes:
    chunks, rest = _webp_chunks(content)
    if chunks[0][0] != b"VP8X":
        chunks.insert(0, (b"VP8X", _extended_header(*chunks[0])))
    flags = chunks[0][1][0]
    for kind, flag, data in ((b"EXIF", _HAS_EXIF, metadata.exif), (b"XMP ", _HAS_XMP, metadata.xmp)):
        if data is not None:
            flags |= flag
            chunks = [*(chunk for chunk in chunks if chunk[0] != kind), (kind, data)]
    chunks[0] = b"VP8X", bytes([flags]) + chunks[0][1][1:]
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body + rest


def _webp_chunks(content: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The chunks as kind and data, and what follows the last one."""
    size = 8 + int.from_bytes(content[4:8], "little")
    chunks: list[tuple[bytes, bytes]] = []
    place = 12
    while place + 8 <= size:
        end = place + 8 + int.from_bytes(content[place + 4 : place + 8], "little")
        if end > len(content):
            raise InputError(_DAMAGED)
        chunks.append((content[place : place + 4], content[place + 8 : end]))
        place = end + end % 2
    if not chunks:
        raise InputError(_DAMAGED)
    return chunks, content[size:]


def _extended_header(kind: bytes, data: bytes) -> bytes:
    """The VP8X chunk of a file that has a lossy (RFC 6386, 9.1) or lossless image and nothing else."""
    if kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", data[6:10]))
        alpha = 0
    elif kind == b"VP8L" and data[:1] == b"\x2f":
        bits = int.from_bytes(data[1:5], "little")
        width, height, alpha = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bits >> 28 & 1
    else:
        raise InputError(_DAMAGED)
    return bytes([_HAS_ALPHA * alpha, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


JPEG = Container(_read_jpeg, _write_jpeg)
PNG = Container(_read_png, _write_png)
WEBP = Container(_read_webp, _write_webp)
