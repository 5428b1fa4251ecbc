"""Posters, stills, frames and trailers with genres."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from mediakit.datasets import film_frames, film_posters, trailers
from mediakit.errors import DataError

FILMS = Path(__file__).parents[1] / "data" / "films"


def write(folder, table, header, rows):
    for row in rows:
        path = folder / dict(zip(header.split(","), row.split(","), strict=True))["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(path)
    (folder / table).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


@pytest.fixture
def film(tmp_path):
    columns = "id,title,year,genres,file,split"
    write(tmp_path, "posters.csv", columns, ["a,A,1999,Action|Sci-Fi,posters/a.jpg,train", "b,B,2000,Drama,posters/b.jpg,val"])
    write(tmp_path, "stills.csv", columns, ["c,C,2001,Horror,stills/c/0.jpg,train"])
    frames = [f"d,D,2002,Crime,trailer_frames/d_{kind}/{second:04}.jpg,{second},clip,train" for kind in "xy" for second in (10, 9, 2)]
    write(tmp_path, "trailer_frames.csv", "id,title,year,genres,file,second,kind,split", frames)
    return tmp_path


def test_posters_and_stills_are_films_of_one_picture(film):
    [poster] = film_posters.read(film, "train")
    assert poster.film == "a" and poster.genres == ("Action", "Sci-Fi") and poster.images == (film / "posters/a.jpg",)
    assert len(film_posters.read(film)) == 2 and [still.film for still in film_frames.read_stills(film)] == ["c"]


def test_a_video_has_its_frames_in_order(film):
    videos = film_frames.read(film, "train")
    assert [video.path.name for video in videos] == ["d_x", "d_y"] and {video.film for video in videos} == {"d"}
    assert [picture.stem for picture in videos[0].images] == ["0002", "0009", "0010"]


def change(file, old, new):
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Drama", "Western", "line 3 has the unknown genre 'Western'"),
        ("genres", "kinds", "no column genres"),
        (",val", ",", "line 3 has no split"),
        ("b.jpg", "z.jpg", "z.jpg: no such file"),
    ],
)
def test_malformed_tables_are_named(film, old, new, why):
    change(film / "posters.csv", old, new)
    with pytest.raises(DataError, match=why):
        film_posters.read(film)


def test_missing_files_and_splits_are_named(film, tmp_path):
    with pytest.raises(DataError, match=r"split 'test'; its splits are: train, val"):
        film_posters.read(film, "test")
    (film / "stills.csv").unlink()
    with pytest.raises(DataError, match=r"stills.csv: no such file"):
        film_frames.read_stills(film)


@pytest.fixture
def own(tmp_path):
    shutil.copy(FILMS / "h264.mp4", tmp_path / "one.mp4")
    (tmp_path / "broken.mp4").write_text("nothing")
    (tmp_path / "trailers.csv").write_text("path,genres,split\none.mp4,Horror|Sci-Fi,train\nbroken.mp4,Drama,train\n")
    return tmp_path


def test_your_own_trailers(own, capsys):
    films = trailers.read(own, "train")
    assert trailers.is_here(own) and [film.path.name for film in films] == ["one.mp4", "broken.mp4"]
    [film] = trailers.with_frames(films, own / "cache", 6)
    assert len(film.images) == 6 and film.genres == ("Horror", "Sci-Fi")
    assert "broken.mp4" in capsys.readouterr().err


def test_frames_are_extracted_once_and_an_interrupted_run_resumes(own, monkeypatch):
    films = trailers.read(own)[:1]
    [first] = trailers.with_frames(films, own / "cache", 6)
    monkeypatch.setattr("mediakit.media.video.open_film", None)
    assert trailers.with_frames(films, own / "cache", 6) == [first]
    monkeypatch.undo()
    # Interrupted while frames were written: some exist, but the marker does not.
    (first.images[0].parent / trailers.DONE).unlink()
    first.images[0].unlink()
    assert trailers.with_frames(films, own / "cache", 6) == [first]


def test_no_readable_video(own):
    with pytest.raises(DataError, match="none of 1 videos"):
        trailers.with_frames(trailers.read(own)[1:], own / "cache", 6)
