"""Films in every format, and files that are not films."""

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mediakit.errors import InputError
from mediakit.media.video import find_films, open_film

FILMS = Path(__file__).parents[1] / "data" / "films"
KINDS = ["h264.mp4", "hevc.mp4", "vp9.webm", "h264.mkv", "h264.mov", "mpeg4.avi"]
COLOURS = [(230, 60, 40), (40, 200, 90), (60, 90, 240), (240, 220, 60)]  # of the synthetic films' four shots


def moments(path, count=8, **options):
    with open_film(path) as film:
        return list(film.moments(count, **options)), film


def shot_of(moment):
    """The index of the synthetic shot that a frame belongs to, by its hue."""
    colour = moment.frame.reshape(-1, 3).mean(axis=0)
    return int(np.argmax([colour @ np.array(c) / np.linalg.norm(c) for c in COLOURS]))


@pytest.mark.parametrize("name", KINDS)
def test_evenly_spaced_moments_in_every_format(name):
    found, film = moments(FILMS / name)
    assert [moment.seconds for moment in found] == pytest.approx([0.2 + 0.5 * i for i in range(8)], abs=0.11)
    assert [shot_of(moment) for moment in found] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert film.seconds == pytest.approx(4.0) and film.shortfall is None
    assert found[0].frame.shape == (64, 96, 3) and found[0].frame.dtype == np.uint8


def test_every_frame_at_full_size():
    with open_film(FILMS / "h264.mp4", longest=48) as film:
        small = list(film.frames(math.inf))
    with open_film(FILMS / "h264.mp4") as film:
        frames = list(film.frames(math.inf))
    assert len(frames) == len(small) == round(film.seconds * film.rate) and film.shortfall is None
    assert frames[0].frame.shape == (64, 96, 3) and small[0].frame.shape == (32, 48, 3)


def test_a_part_of_a_film():
    found, _ = moments(FILMS / "h264.mp4", 4, start=1.0, end=2.0)
    assert {shot_of(moment) for moment in found} == {1} and all(1 <= moment.seconds < 2 for moment in found)


def test_a_film_of_unknown_length_is_read_to_its_end():
    found, film = moments(FILMS / "live.webm")
    assert len(found) == 8 and film.seconds == pytest.approx(3.9, abs=0.2)
    assert [shot_of(moment) for moment in found] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_variable_frame_rate_follows_the_clock():
    """Half of the frames are in the first second, but half of the moments must not be."""
    found, _ = moments(FILMS / "vfr.mp4", 6)
    assert sum(shot_of(moment) == 0 for moment in found) <= 3


@pytest.mark.parametrize("name", ["h264.mp4", "vp9.webm", "live.webm"])
def test_one_moment_of_each_shot(name):
    with open_film(FILMS / name) as film:
        assert [shot_of(moment) for moment in film.shots(10)] == [0, 1, 2, 3]


def test_many_shots_are_thinned_out():
    with open_film(FILMS / "h264.mp4") as film:
        assert len(list(film.shots(2))) == 2


def test_distant_moments_are_jumped_to(monkeypatch):
    monkeypatch.setattr("mediakit.media.video.SKIP", 3)
    found, _ = moments(FILMS / "h264.mp4")
    assert [shot_of(moment) for moment in found] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_an_animated_gif(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (6, 40, 60, 3)).astype(np.uint8)
    first, *others = [Image.fromarray(frame) for frame in noise]
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=200)
    found, _ = moments(tmp_path / "a.gif", 3)
    assert len(found) == 3


def rotated(tmp_path):
    """The film with a rotation of 90 degrees in its track header, as phones write it."""
    content = bytearray((FILMS / "h264.mp4").read_bytes())
    matrix = content.index(b"tkhd") + 4 + 40
    values = [0, 0x10000, 0, -0x10000, 0, 0, 64 << 16, 0, 0x40000000]
    content[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in values)
    (tmp_path / "rotated.mp4").write_bytes(content)
    return tmp_path / "rotated.mp4"


def test_rotation_is_applied(tmp_path):
    found, _ = moments(rotated(tmp_path), 2)
    assert found[0].frame.shape == (96, 64, 3)


def write_frames(folder, count=5):
    folder.mkdir()
    for i in range(count):
        pixels = np.random.default_rng(i).integers(0, 60, (30, 40, 3))
        Image.fromarray((pixels + 40 * i).astype(np.uint8)).save(folder / f"frame {i + 8}.png")
    return folder


def test_a_folder_is_read_in_natural_order(tmp_path):
    """`frame 10` comes after `frame 9`. Asking for more frames than there are gives each once."""
    found, film = moments(write_frames(tmp_path / "film"), 32)
    brightness = [moment.frame.mean() for moment in found]
    assert len(found) == 5 and brightness == sorted(brightness)
    assert film.seconds == 5 and film.shortfall is None


def test_a_broken_image_in_a_folder_is_skipped(tmp_path):
    folder = write_frames(tmp_path / "film")
    (folder / "frame 9.png").write_bytes(b"broken")
    found, film = moments(folder, 32)
    assert len(found) == 4 and film.shortfall == "1 of 5 frames could not be read"
    for image in folder.iterdir():
        image.write_bytes(b"broken")
    with pytest.raises(InputError, match="none of its images could be read"):
        moments(folder, 32)


def test_a_truncated_film_says_how_much_was_read(tmp_path):
    whole = (FILMS / "h264.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    found, film = moments(tmp_path / "cut.mkv")
    assert 0 < len(found) < 8
    assert film.shortfall is not None and film.shortfall.endswith("of 4 seconds could be read")


def written(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def test_bad_files(tmp_path):
    bad = {
        "no such file": tmp_path / "absent.mp4",
        "is empty": written(tmp_path, "empty.mp4", b""),
        "is not a video": written(tmp_path, "text.mp4", b"not a film, only words " * 9),
        "before its index": written(tmp_path, "cut.mp4", (FILMS / "h264.mov").read_bytes()[:3000]),
        "sound only": FILMS / "sound.m4a",
        "holds no images": (tmp_path / "folder").mkdir() or tmp_path / "folder",
    }
    for why, path in bad.items():
        with pytest.raises(InputError, match=why) as caught:
            moments(path)
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_times_outside_the_film():
    with pytest.raises(InputError, match=r"past its end at 4\.0 s"):
        moments(FILMS / "h264.mp4", start=9)
    with pytest.raises(InputError, match="past its end"):
        moments(FILMS / "live.webm", start=9)
    with pytest.raises(InputError, match="not after"):
        moments(FILMS / "h264.mp4", start=2, end=1)


def test_difficult_names(tmp_path):
    """FFmpeg would read the first as a protocol and the second as a pattern."""
    for name in ("a:b ñ.mp4", "50%d.mp4"):
        shutil.copy(FILMS / "h264.mp4", tmp_path / name)
        assert len(moments(tmp_path / name)[0]) == 8


def test_a_film_of_black_frames_has_no_moments(tmp_path):
    (tmp_path / "film").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "film" / "1.png")
    assert moments(tmp_path / "film")[0] == []


def test_films_among_paths(tmp_path):
    write_frames(tmp_path / "frames")
    (tmp_path / "videos" / "more").mkdir(parents=True)
    shutil.copy(FILMS / "h264.mp4", tmp_path / "videos" / "b.mp4")
    shutil.copy(FILMS / "h264.mkv", tmp_path / "videos" / "more" / "a.mkv")
    paths = [str(tmp_path / "frames"), str(tmp_path / "videos"), "absent.mp4"]
    assert [str(path) for path in find_films(paths)] == [paths[0], str(tmp_path / "videos" / "b.mp4"), "absent.mp4"]
    assert len(list(find_films([str(tmp_path)], recursive=True))) == 3
    [error] = find_films([str(tmp_path)])
    assert isinstance(error, InputError) and "--recursive" in str(error)


@pytest.mark.parametrize("name", ["VTS_01_1.VOB", "00000.MTS", "clip.m2ts", "clip.ogv"])
def test_artwork_beside_a_film_is_not_the_film(tmp_path, name):
    write_frames(tmp_path / "film", 2)
    (tmp_path / "film" / name).write_bytes(b"film")
    assert list(find_films([str(tmp_path / "film")])) == [tmp_path / "film" / name]


def test_two_images_are_no_film(tmp_path):
    write_frames(tmp_path / "artwork", 2)
    [error] = find_films([str(tmp_path / "artwork")])
    assert isinstance(error, InputError)
