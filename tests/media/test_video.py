"""Films of every kind, and files that are none."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mediakit.errors import InputError
from mediakit.media.video import _Thinned, crop_bars, find_films, has_content, open_film
from mediakit.tasks.film_genres.timeline import Curve, clock, draw_timeline

FILMS = Path(__file__).parents[1] / "data" / "films"
KINDS = ["h264.mp4", "hevc.mp4", "vp9.webm", "h264.mkv", "h264.mov", "mpeg4.avi"]
COLOURS = [(230, 60, 40), (40, 200, 90), (60, 90, 240), (240, 220, 60)]  # of the made films' four shots


def moments(path, count=8, **options):
    with open_film(path) as film:
        return list(film.moments(count, **options)), film


def shot_of(moment):
    """Which made shot a picture is from, by its hue."""
    colour = moment.frame.reshape(-1, 3).mean(axis=0)
    return int(np.argmax([colour @ np.array(c) / np.linalg.norm(c) for c in COLOURS]))


@pytest.mark.parametrize("name", KINDS)
def test_evenly_spaced_moments_of_every_kind(name):
    found, film = moments(FILMS / name)
    assert [moment.seconds for moment in found] == pytest.approx([0.2 + 0.5 * i for i in range(8)], abs=0.11)
    assert [shot_of(moment) for moment in found] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert film.seconds == pytest.approx(4.0) and film.shortfall is None
    assert found[0].frame.shape == (64, 96, 3) and found[0].frame.dtype == np.uint8


def test_a_part_of_a_film():
    found, _ = moments(FILMS / "h264.mp4", 4, start=1.0, end=2.0)
    assert {shot_of(moment) for moment in found} == {1} and all(1 <= moment.seconds < 2 for moment in found)


def test_a_film_that_states_no_length_is_read_to_its_end():
    found, film = moments(FILMS / "live.webm")
    assert len(found) == 8 and film.seconds == pytest.approx(3.9, abs=0.2)
    assert [shot_of(moment) for moment in found] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_variable_frame_rate_follows_the_clock():
    """Half of the pictures are in the first second; half of the moments must not be."""
    found, _ = moments(FILMS / "vfr.mp4", 6)
    assert sum(shot_of(moment) == 0 for moment in found) <= 3


@pytest.mark.parametrize("name", ["h264.mp4", "vp9.webm", "live.webm"])
def test_one_moment_of_each_shot(name):
    with open_film(FILMS / name) as film:
        assert [shot_of(moment) for moment in film.shots(10)] == [0, 1, 2, 3]


def test_of_many_shots_evenly_many():
    with open_film(FILMS / "h264.mp4") as film:
        assert len(list(film.shots(2))) == 2


def test_far_moments_are_jumped_to(monkeypatch):
    monkeypatch.setattr("mediakit.media.video.SKIP", 3)
    found, _ = moments(FILMS / "h264.mp4")
    assert [shot_of(moment) for moment in found] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_an_animated_gif(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (6, 40, 60, 3)).astype(np.uint8)
    first, *others = [Image.fromarray(picture) for picture in noise]
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=200)
    found, _ = moments(tmp_path / "a.gif", 3)
    assert len(found) == 3


def rotated(tmp_path):
    """The film with a rotation of 90 degrees in its track header, as telephones write it."""
    content = bytearray((FILMS / "h264.mp4").read_bytes())
    matrix = content.index(b"tkhd") + 4 + 40
    values = [0, 0x10000, 0, -0x10000, 0, 0, 64 << 16, 0, 0x40000000]
    content[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in values)
    (tmp_path / "rotated.mp4").write_bytes(content)
    return tmp_path / "rotated.mp4"


def test_rotation_is_heeded(tmp_path):
    found, _ = moments(rotated(tmp_path), 2)
    assert found[0].frame.shape == (96, 64, 3)


def write_frames(folder, count=5):
    folder.mkdir()
    for i in range(count):
        pixels = np.random.default_rng(i).integers(0, 60, (30, 40, 3))
        Image.fromarray((pixels + 40 * i).astype(np.uint8)).save(folder / f"frame {i + 8}.png")
    return folder


def test_a_folder_is_read_in_the_order_of_its_numbers(tmp_path):
    """`frame 10` comes after `frame 9`; all pictures are taken, once, when more are wanted than there are."""
    found, film = moments(write_frames(tmp_path / "film"), 32)
    brightness = [moment.frame.mean() for moment in found]
    assert len(found) == 5 and brightness == sorted(brightness)
    assert film.seconds == 5 and film.shortfall is None


def test_a_broken_picture_in_a_folder_is_passed_over(tmp_path):
    folder = write_frames(tmp_path / "film")
    (folder / "frame 9.png").write_bytes(b"broken")
    assert len(moments(folder, 32)[0]) == 4


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
        "codec AV1": FILMS / "av1.mp4",
        "holds no pictures": (tmp_path / "folder").mkdir() or tmp_path / "folder",
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
    """FFmpeg would take the first for a protocol, and the second for a pattern."""
    for name in ("a:b ñ.mp4", "50%d.mp4"):
        shutil.copy(FILMS / "h264.mp4", tmp_path / name)
        assert len(moments(tmp_path / name)[0]) == 8


def scene(height=72, width=128):
    return np.random.default_rng(1).integers(30, 255, (height, width, 3)).astype(np.uint8)


def test_black_flat_and_title_pictures_show_nothing():
    black, title = np.zeros((72, 128, 3), np.uint8), np.zeros((72, 128, 3), np.uint8)
    title[34:38, 50:80] = 255
    assert not has_content(black) and not has_content(black + 90) and not has_content(title)
    assert has_content(scene())


def test_a_film_of_black_pictures_has_no_moments(tmp_path):
    (tmp_path / "film").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "film" / "1.png")
    assert moments(tmp_path / "film")[0] == []


def test_letterbox_bars_are_cut_off():
    barred = np.zeros((100, 128, 3), np.uint8)
    barred[14:86] = scene()
    assert np.array_equal(crop_bars(barred), barred[14:86])
    assert np.array_equal(crop_bars(barred.transpose(1, 0, 2)), barred[14:86].transpose(1, 0, 2))
    lopsided = np.zeros((100, 128, 3), np.uint8)
    lopsided[28:] = scene()
    for whole in (scene(), lopsided, np.zeros((9, 9, 3), np.uint8)):
        assert np.array_equal(crop_bars(whole), whole)


@pytest.mark.parametrize("total", [0, 1, 5, 8, 9, 100, 1001])
def test_thinning_keeps_few_and_evenly(total):
    kept = _Thinned(8)
    for i in range(total):
        kept.add(i)
        assert len(kept._items) < 16
    found = list(kept.evenly())
    assert len(found) == min(total, 8)
    if total > 100:
        assert np.diff(found).max() <= 2 * np.diff(found).min() and found[0] < total / 8


def test_films_among_paths(tmp_path):
    write_frames(tmp_path / "frames")
    (tmp_path / "videos" / "more").mkdir(parents=True)
    shutil.copy(FILMS / "h264.mp4", tmp_path / "videos" / "b.mp4")
    shutil.copy(FILMS / "h264.mkv", tmp_path / "videos" / "more" / "a.mkv")
    given = [str(tmp_path / "frames"), str(tmp_path / "videos"), "absent.mp4"]
    assert [str(path) for path in find_films(given)] == [given[0], str(tmp_path / "videos" / "b.mp4"), "absent.mp4"]
    assert len(list(find_films([str(tmp_path)], recursive=True))) == 3
    [error] = find_films([str(tmp_path)])
    assert isinstance(error, InputError) and "--recursive" in str(error)


def test_the_time_line_is_drawn():
    pictures = [scene() for _ in range(5)]
    curve = Curve("Sci-Fi", [0.1, 0.9, 0.2, 0.3, 0.0], 0.4, [1, 3])
    sheet = np.asarray(draw_timeline("a film", 50.0, [5, 15, 25, 35, 45], pictures, [0.2] * 5, [curve]))
    assert sheet.shape[1] > 1200 and (sheet != 255).any()
    assert clock(5) == "0:05" and clock(3725) == "1:02:05"
