"""The description of a photo in its own metadata: Exif ImageDescription and XMP dc:description.

Only bytes of the metadata change: the compressed image and all other metadata stay as they are.
"""

import struct
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from mediakit.errors import InputError
from mediakit.media.image_containers import JPEG, PNG, WEBP, Container, Metadata

_IMAGE_DESCRIPTION, _XMP_TAG = 270, 700
_BYTE, _ASCII = 1, 2  # types of TIFF values
_NO_TAGS = b"II*\0\x08\0\0\0" + bytes(6)
# What cameras write as description of every photo.
_BOILERPLATE = {"OLYMPUS DIGITAL CAMERA", "KONICA MINOLTA DIGITAL CAMERA", "MINOLTA DIGITAL CAMERA", "SONY DSC", "DCIM", "default"}

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC = "http://purl.org/dc/elements/1.1/"
_XML = "http://www.w3.org/XML/1998/namespace"
_XMLNS = "http://www.w3.org/2000/xmlns/"
_EMPTY_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"><rdf:Description rdf:about=""/></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="w"?>'
).encode()


def description(content: bytes) -> str | None:
    """The description in the bytes of a JPEG, PNG, WebP or TIFF file; None if there is none.

    XMP is preferred. The texts that cameras write into every photo are no descriptions. Raises InputError for another format
    and for damaged metadata.
    """
    metadata = _read(content)
    if metadata.xmp and (found := _xmp_description(metadata.xmp)):
        return found
    text = _value(metadata.exif, _IMAGE_DESCRIPTION).split(b"\0")[0] if metadata.exif else b""
    described = text.decode("utf-8", "replace").strip()
    return described if described and described not in _BOILERPLATE else None


def with_description(content: bytes, text: str) -> bytes:
    """The bytes of a JPEG, PNG, WebP or TIFF file with this description, in Exif and in XMP.

    Raises InputError for another format, for damaged metadata, and where the metadata has no room.
    """
    metadata = _read(content)
    xmp = _with_xmp_description(metadata.xmp or _EMPTY_PACKET, text)
    value = (_ASCII, text.encode() + b"\0")
    if _is_tiff(content):
        return _with_tags(content, {_IMAGE_DESCRIPTION: value, _XMP_TAG: (_BYTE, xmp)})
    exif = _with_tags(metadata.exif or _NO_TAGS, {_IMAGE_DESCRIPTION: value})
    return _container(content).write(content, Metadata(exif, xmp))


def _read(content: bytes) -> Metadata:
    if _is_tiff(content):
        return Metadata(content, _value(content, _XMP_TAG) or None)
    return _container(content).read(content)


def _is_tiff(content: bytes) -> bool:
    return content[:4] in (b"II*\0", b"MM\0*")


def _container(content: bytes) -> Container:
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    raise InputError("a description can be written into JPEG, PNG, WebP and TIFF only")


def _directory(tiff: bytes) -> tuple[str, dict[int, bytes], bytes]:
    """The byte order, the first directory's entries (12 bytes each) by tag, and the offset of the next directory (TIFF 6.0, 2)."""
    if not _is_tiff(tiff):
        raise InputError("its Exif metadata is damaged; it was left as it is")
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        [start] = struct.unpack_from(f"{order}I", tiff, 4)
        [count] = struct.unpack_from(f"{order}H", tiff, start)
        entries = [tiff[place : place + 12] for place in range(start + 2, start + 2 + 12 * count, 12)]
        tags = {struct.unpack_from(f"{order}H", entry)[0]: entry for entry in entries}
        struct.unpack_from(f"{order}I", following := tiff[start + 2 + 12 * count :][:4])
    except struct.error as error:
        raise InputError("its Exif metadata is damaged; it was left as it is") from error
    return order, tags, following


def _value(tiff: bytes, tag: int) -> bytes:
    """The bytes of a text or byte value of the first directory; empty if it has no such tag."""
    order, tags, _ = _directory(tiff)
    if tag not in tags:
        return b""
    _, kind, count, start = struct.unpack(f"{order}HHII", tags[tag])
    if kind not in (_BYTE, _ASCII, 7):
        return b""
    return tags[tag][8 : 8 + count] if count <= 4 else tiff[start : start + count]


def _with_tags(tiff: bytes, values: dict[int, tuple[int, bytes]]) -> bytes:
    """A TIFF structure with these values, each a type and bytes, in its first directory.

    The values and a new first directory are appended. Nothing else moves, so the offsets in it, also those in makers' own
    formats, stay right.
    """
    if all(_value(tiff, tag) == value for tag, (_, value) in values.items()):
        return tiff
    order, tags, following = _directory(tiff)
    content = tiff + bytes(len(tiff) % 2)
    for tag, (kind, value) in values.items():
        place = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(f"{order}I", len(content))
        tags[tag] = struct.pack(f"{order}HHI", tag, kind, len(value)) + place
        content += value + bytes(len(value) % 2)
    if len(content) > 0xFFFF0000:
        raise InputError("is too large for a TIFF that holds its description as well")
    directory = struct.pack(f"{order}H", len(tags)) + b"".join(tags[tag] for tag in sorted(tags)) + following
    return content[:4] + struct.pack(f"{order}I", len(content)) + content[8:] + directory


def _xmp_description(packet: bytes) -> str | None:
    """The default text of dc:description."""
    document = _parsed(packet)
    for element in document.getElementsByTagNameNS(_DC, "description"):
        texts = element.getElementsByTagNameNS(_RDF, "li")
        default = [text for text in texts if text.getAttributeNS(_XML, "lang") in ("x-default", "")]
        for text in (*default, *texts, element):
            found = "".join(node.data for node in text.childNodes if node.nodeType == node.TEXT_NODE).strip()
            if found:
                return found
    return None


def _with_xmp_description(packet: bytes, text: str) -> bytes:
    """An XMP packet with this default text of dc:description (XMP part 1, 8.2.2.4); its other languages are kept."""
    document = _parsed(packet)
    parents = document.getElementsByTagNameNS(_RDF, "Description")
    if not parents:
        raise InputError("its XMP metadata is damaged; it was left as it is")
    for parent in parents:
        if parent.hasAttributeNS(_DC, "description"):  # the short form, which has no languages
            parent.removeAttributeNS(_DC, "description")
    found = document.getElementsByTagNameNS(_DC, "description")
    element = found[0] if found else parents[0].appendChild(_element(document, "dc", _DC, "description"))
    if not element.getElementsByTagNameNS(_RDF, "Alt"):
        for node in list(element.childNodes):
            element.removeChild(node)
        element.appendChild(_element(document, "rdf", _RDF, "Alt"))
    languages = element.getElementsByTagNameNS(_RDF, "Alt")[0]
    for item in languages.getElementsByTagNameNS(_RDF, "li"):
        if item.getAttributeNS(_XML, "lang") in ("x-default", ""):
            languages.removeChild(item)
    item = _element(document, "rdf", _RDF, "li")
    item.setAttributeNS(_XML, "xml:lang", "x-default")
    item.appendChild(document.createTextNode(text))
    languages.insertBefore(item, languages.firstChild)
    return "".join(node.toxml() for node in document.childNodes).encode()


def _parsed(packet: bytes) -> minidom.Document:
    try:
        return minidom.parseString(packet.strip(b"\0 \t\r\n"))
    except ExpatError as error:
        raise InputError("its XMP metadata is damaged; it was left as it is") from error


def _element(document: minidom.Document, prefix: str, namespace: str, name: str) -> minidom.Element:
    """An element that declares its own prefix, which the packet may use for something else."""
    element = document.createElementNS(namespace, f"{prefix}:{name}")
    element.setAttributeNS(_XMLNS, f"xmlns:{prefix}", namespace)
    return element
