"""Descriptions in photos: read back by Pillow, and nothing else changed."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from mediakit.errors import InputError
from mediakit.media.image_containers import JPEG, PNG, WEBP
from mediakit.media.metadata import description, with_description

KINDS = {
    "JPEG": {},
    "progressive": {"format": "JPEG", "progressive": True},
    "PNG": {},
    "WEBP": {},
    "lossless": {"format": "WEBP", "lossless": True},
    "TIFF": {},
    "deflated": {"format": "TIFF", "compression": "tiff_deflate"},
}
PACKET = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="5">'
    b'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">old</rdf:li><rdf:li xml:lang="de">alt</rdf:li></rdf:Alt></dc:description>'
    b'</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def pixels(mode="RGB"):
    noise = np.random.default_rng(0).integers(0, 255, (31, 45, 4), np.uint8)
    return Image.fromarray(noise, "RGBA").convert(mode)


def saved(kind, image=None, **options):
    file = io.BytesIO()
    (image or pixels()).save(file, **{"format": kind, **KINDS.get(kind, {}), **options})
    return file.getvalue()


def rich(kind):
    """A file with Exif that has a maker's note, an orientation and GPS data, with XMP and with a colour profile."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x8298] = "Maker", 1, "someone"
    exif.get_ifd(0x8769)[0x927C] = b"maker's own \0\1\2 bytes" * 9
    exif.get_ifd(0x8825)[1] = "N"
    if KINDS[kind].get("format", kind) == "TIFF":
        return saved(kind, tiffinfo={700: PACKET, 0x010F: "Maker"})
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", PACKET.decode(), zip=True)
        return saved(kind, exif=exif, pnginfo=info, icc_profile=b"profile" * 50)
    return saved(kind, exif=exif, xmp=PACKET, icc_profile=b"profile" * 50)


def decoded(content):
    with Image.open(io.BytesIO(content)) as image:
        return image.mode, image.size, image.tobytes()


def compressed(content):
    """The bytes of the compressed image alone."""
    if content[:2] == b"\xff\xd8":
        return content[content.index(b"\xff\xda") :]
    if content[:4] == b"RIFF":
        kind = b"VP8 " if b"VP8 " in content else b"VP8L"
        start = content.index(kind)
        return content[start : start + 8 + struct.unpack("<I", content[start + 4 : start + 8])[0]]
    if content[:4] == b"\x89PNG":
        return content[content.index(b"IDAT") : content.rindex(b"IDAT")]
    with Image.open(io.BytesIO(content)) as image:
        places = zip(image.tag_v2[273], image.tag_v2[279], strict=True)
        return b"".join(content[start : start + count] for start, count in places)


@pytest.mark.parametrize("make", [saved, rich])
@pytest.mark.parametrize("kind", KINDS)
def test_a_description_changes_nothing_else(kind, make):
    content = make(kind)
    new = with_description(content, "zwei Hunde, größer & <besser>")
    assert description(new) == "zwei Hunde, größer & <besser>"
    assert decoded(new) == decoded(content) and compressed(new) == compressed(content)
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(new)) as after:
        after.load()
        xmp = (after.info["xmp"] if "xmp" in after.info else after.tag_v2[700]).decode()
        assert "zwei Hunde" in xmp
        assert ("old" in xmp, "Rating" in xmp, "alt" in xmp) == (False, make is rich, make is rich)
        first, second = before.getexif(), after.getexif()
        assert second[270].encode("latin-1", "replace").decode("utf-8", "replace").startswith("zwei Hunde")
        assert {tag: value for tag, value in second.items() if tag not in (270, 700)} == {
            tag: value for tag, value in first.items() if tag not in (270, 700)
        } or kind in ("TIFF", "deflated")
        for ifd in (0x8769, 0x8825):
            assert second.get_ifd(ifd) == first.get_ifd(ifd)
        assert after.info.get("icc_profile") == before.info.get("icc_profile")
    assert with_description(new, "zwei Hunde, größer & <besser>") == new, "the same description again changes nothing"


@pytest.mark.parametrize("mode", ["RGBA", "L"])
def test_transparency_stays(mode):
    for kind in ("PNG", "WEBP", "lossless"):
        content = saved(kind, pixels(mode))
        assert decoded(with_description(content, "a dog")) == decoded(content)


def test_animations_stay():
    for kind in ("WEBP", "PNG"):
        content = saved(kind, save_all=True, append_images=[pixels("L").convert("RGB")])
        with Image.open(io.BytesIO(with_description(content, "a dog"))) as image:
            assert image.n_frames == 2


@pytest.mark.parametrize("kind", KINDS)
def test_later_descriptions_replace_earlier_ones(kind):
    content = with_description(with_description(rich(kind), "a"), "b")
    assert description(content) == "b" and content.count(b"x-default") == 1 + (kind in ("TIFF", "deflated")) * 2


def test_what_follows_the_image_stays():
    for kind in ("JPEG", "PNG", "WEBP"):
        assert with_description(saved(kind) + b"a film of the moment", "a dog").endswith(b"a film of the moment")


def test_cameras_describe_nothing():
    exif = Image.Exif()
    for text, expected in (("OLYMPUS DIGITAL CAMERA         ", None), ("a cat", "a cat"), (" ", None)):
        exif[270] = text
        assert description(saved("JPEG", exif=exif)) == expected
    assert description(saved("JPEG")) is None
    assert description(rich("PNG")) == "old"


def test_a_short_form_in_xmp_is_replaced():
    packet = PACKET.replace(b'xmp:Rating="5"', b'dc:description="short"')
    content = with_description(saved("JPEG", xmp=packet), "new")
    assert b"short" not in content and description(content) == "new"


def test_damage_is_told():
    for content in (saved("JPEG", xmp=b"<x:xmpmeta>"), saved("JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), saved("JPEG")[:40], b"GIF89a"):
        with pytest.raises(InputError) as error:
            with_description(content, "a dog")
        assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="64 KiB"):
        with_description(saved("JPEG"), "a dog " * 20000)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@given(data=st.data())
def test_damaged_files_give_one_line(kind, data):
    content = bytearray(rich(kind))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, min(len(content), 900) - 1))] = data.draw(st.integers(0, 255))
    message = ""
    try:
        assert description(with_description(bytes(content), "a dog")) == "a dog"
    except InputError as error:
        message = str(error)
    assert "\n" not in message


def test_metadata_that_is_written_is_read():
    for container, kind in ((JPEG, "JPEG"), (PNG, "PNG"), (WEBP, "WEBP")):
        content = rich(kind)
        metadata = container.read(content)
        assert container.read(container.write(content, metadata)) == metadata
