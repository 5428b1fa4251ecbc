"""The page in a browser: every tab, by clicking, typing and dropping."""

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from serve_process import serving

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)
SAMPLES = Path(__file__).parents[2] / "samples"
FILMS = Path(__file__).parents[1] / "data" / "films"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nA dog runs.\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>Two dogs play.</i>\n"
DONE = ".card:not(.waiting)"
sync_api.expect.set_options(timeout=60_000)  # a busy machine is no failure


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server's."""
    with serving(tmp_path_factory.mktemp("temporary")) as (_, address):
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "sync_api.Browser", address: str) -> Iterator["sync_api.Page"]:
    """The page. Whatever the browser complains of fails the test."""
    page, complaints = browser.new_page(viewport={"width": 1100, "height": 800}), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector("[role=tab]")
    yield page
    page.close()
    assert not [each for each in complaints if "status of 422" not in each]  # the answer to a broken photo


def open_tab(page: "sync_api.Page", title: str) -> None:
    page.get_by_role("tab", name=title, exact=True).click()
    sync_api.expect(page.locator("h1")).to_have_text(title)


def drop(page: "sync_api.Page", path: Path, kind: str) -> None:
    """Drop a file anywhere on the page."""
    content = list(path.read_bytes())
    data = page.evaluate_handle(
        "([bytes, name, type]) => { const data = new DataTransfer();"
        "data.items.add(new File([new Uint8Array(bytes)], name, { type })); return data; }",
        [content, path.name, kind],
    )
    page.dispatch_event("body", "drop", {"dataTransfer": data})


def choose(page: "sync_api.Page", *paths: Path) -> None:
    page.set_input_files("main .drop input", [str(path) for path in paths])


def saved(page: "sync_api.Page", name: str, role: str = "button") -> bytes:
    """The file that a button or a link saves."""
    with page.expect_download() as download:
        page.get_by_role(role, name=name).click()
    return Path(download.value.path()).read_bytes()


def give_something(page: "sync_api.Page", tasks: list[dict], title: str, folder: Path) -> None:
    """Open a tab and have it answer."""
    open_tab(page, title)
    task = next(task for task in tasks if task["title"] == title)
    files = {"photo": SAMPLES / "cat.jpg", "film": FILMS / "vp9.webm", "document": folder / "film.srt"}
    if task["input"] in files:
        (folder / "film.srt").write_text(SRT)
        choose(page, files[task["input"]])
    elif task["input"] == "seed":
        page.locator("main .primary").click()
    else:
        page.locator("main .chip").first.click()
    page.wait_for_selector(DONE)


def test_there_is_a_tab_for_every_task(page):
    tasks = page.evaluate("fetch('/v1/tasks').then((response) => response.json())")["tasks"]
    assert [tab.inner_text().strip() for tab in page.get_by_role("tab").all()] == [task["title"] for task in tasks]
    page.get_by_role("tab").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("tab").nth(1).get_attribute("aria-selected") == "true"
    sync_api.expect(page.locator("h1")).to_have_text(tasks[1]["title"])


def test_a_dropped_photo_shows_where_the_model_looked(page):
    open_tab(page, "Captions")
    drop(page, SAMPLES / "cat.jpg", "image/jpeg")
    page.wait_for_selector(DONE)
    assert "cat" in page.locator(".sentence").inner_text()
    page.locator("button.word").nth(1).hover()
    assert page.locator("canvas.veil.on").count() == 1
    page.mouse.move(0, 0)
    assert page.locator("canvas.veil.on").count() == 0


def test_classes_boxes_and_areas(page):
    open_tab(page, "Classes")
    choose(page, SAMPLES / "cat.jpg")
    page.wait_for_selector(DONE)
    assert page.locator(".bars dt").count() == 5
    for title in ("Objects", "Segments"):
        open_tab(page, title)
        if title == "Objects":  # whatever the model finds will do
            page.get_by_text("Options", exact=True).click()
            page.get_by_label("Threshold").fill("0.05")
        choose(page, SAMPLES / "photographer.jpg")
        page.wait_for_selector(DONE)
        assert page.locator(".overlay path").count() >= 1
        page.locator(".told .chip").first.hover()
        assert page.locator(".overlay path.on").count() == 1


def test_many_photos_one_of_them_broken_and_their_results_as_files(page, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"nothing")
    open_tab(page, "Classes")
    choose(page, SAMPLES / "cat.jpg", broken, SAMPLES / "coffee.jpg")
    sync_api.expect(page.locator(DONE)).to_have_count(3)
    assert "not an image" in page.locator(".card .problem").inner_text()
    assert "2 done, 1 failed" in page.locator(".status").inner_text()
    rows = json.loads(saved(page, "Save JSON"))
    assert [row["input"] for row in rows] == ["broken.jpg", "cat.jpg", "coffee.jpg"] and "error" in rows[0]
    assert saved(page, "Save CSV").decode().startswith("input,error,labels,familiar")


def test_what_was_made_of_many_photos_as_a_zip(page, tmp_path):
    (tmp_path / "other").mkdir()
    shutil.copyfile(SAMPLES / "coffee.jpg", tmp_path / "other" / "cat.jpg")
    (tmp_path / "notes.txt").write_text("no photo")
    open_tab(page, "Colours")
    choose(page, SAMPLES / "cat.jpg", tmp_path / "other" / "cat.jpg", tmp_path / "notes.txt")
    sync_api.expect(page.locator(".status")).to_contain_text("2 done, 1 other file left out")
    with zipfile.ZipFile(io.BytesIO(saved(page, "Save ZIP"))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["results.json", "results.csv", "cat.image.png", "cat.image-2.png"]
        assert archive.read("cat.image.png").startswith(b"\x89PNG") and len(json.loads(archive.read("results.json"))) == 2


def test_work_can_be_cancelled(page):
    open_tab(page, "Classes")
    choose(page, *[SAMPLES / "galaxies.jpg"] * 60)
    page.get_by_role("button", name="Cancel").click()
    sync_api.expect(page.locator(".status")).to_contain_text("Cancelled")
    assert page.locator(".card").count() < 60 and page.locator(".waiting").count() == 0


def test_a_film_and_its_moments(page):
    open_tab(page, "Film genres")
    choose(page, FILMS / "vp9.webm")
    page.wait_for_selector(DONE)
    page.locator(".moment").last.click()
    page.wait_for_function("document.querySelector('video').currentTime > 0")
    page.locator(".plot").hover()
    assert "·" in page.locator(".readout").inner_text()


def test_a_film_and_its_signs(page):
    open_tab(page, "Hand signs")
    page.get_by_label("Model").select_option("tiny_classification")
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Threshold").fill("0.1")
    choose(page, FILMS / "vp9.webm")
    page.wait_for_selector(".events .chip")
    page.locator(".moment").last.click()
    page.wait_for_function("document.querySelector('video').currentTime > 0")
    sync_api.expect(page.locator(".readout")).to_contain_text("·")  # it follows the film


def test_subtitles_come_back_translated(page, tmp_path):
    (tmp_path / "film.srt").write_text(SRT)
    open_tab(page, "Captions")  # takes none
    drop(page, tmp_path / "film.srt", "")
    sync_api.expect(page.locator("h1")).to_have_text("Documents")
    page.wait_for_selector(DONE)
    assert page.locator("tbody tr").count() == 2
    text = saved(page, "Save film.de.srt", "link").decode()
    assert "00:00:01,000 --> 00:00:02,000" in text and "Hund" in text and text.count("<i>") == 1


def test_files_that_no_tab_takes(page, tmp_path):
    (tmp_path / "a.xyz").write_bytes(b"what")
    open_tab(page, "Music")
    drop(page, tmp_path / "a.xyz", "")
    sync_api.expect(page.locator(".status .problem")).to_contain_text("Music takes no files")


def test_translation_while_typing(page):
    open_tab(page, "Translation")
    page.get_by_label("Text").press_sequentially("A dog runs.", delay=10)
    page.wait_for_selector(DONE)
    sync_api.expect(page.locator(".sentence")).to_contain_text("Hund")
    page.locator(".alignment p").last.locator(".word").nth(1).hover()
    assert page.locator(".alignment .lit").count() >= 1
    page.get_by_label("Model").select_option("translation/en-fr")
    sync_api.expect(page.locator(".sentence")).to_contain_text("chien")


def test_entities_in_colour(page):
    open_tab(page, "Names")
    page.locator("main .chip").first.click()
    page.wait_for_selector(DONE)
    assert "Ada Lovelace" in page.locator("mark").first.inner_text()


def test_a_forecast_that_is_read_by_keys(page):
    open_tab(page, "Forecasts")
    page.get_by_role("button", name="Example").click()
    page.wait_for_selector(DONE)
    page.locator(".plot").focus()
    page.keyboard.press("ArrowLeft")
    assert "forecast" in page.locator(".readout").inner_text() and "95%" in page.locator(".readout").inner_text()
    page.get_by_label("Series").fill("1 2 3 4 1 2 3 4 1 2 3 4 1 2 3 4")
    page.get_by_role("button", name="Run").click()
    sync_api.expect(page.locator("figcaption")).to_have_text("value")


def test_a_piece_and_an_image_by_seed(page):
    open_tab(page, "Images")
    page.wait_for_selector(DONE)
    first = page.locator(".picture img").get_attribute("src")
    page.get_by_label("Truncation").fill("0.2")
    page.wait_for_function("(first) => document.querySelector('.picture img').src !== first", arg=first)
    page.get_by_label("Mix with seed").fill("9")
    sync_api.expect(page.locator("figcaption")).to_contain_text("mixed with 9")
    page.get_by_role("button", name="Reset").click()
    sync_api.expect(page.locator("figcaption")).not_to_contain_text("mixed")
    open_tab(page, "Music")
    page.get_by_label("Bars").fill("1")
    page.get_by_label("Key").fill("Am")
    page.get_by_label("Temperature").fill("0.5")
    page.get_by_role("button", name="Compose").click()
    page.wait_for_selector(DONE)
    assert "A minor" in page.locator(".facts").inner_text()
    assert '"key": "Am", "bars": 1, "temperature": 0.5' in page.locator(".curl pre").text_content()
    assert page.evaluate("document.querySelector('audio').src").startswith("blob:")
    assert page.locator(".roll rect").count() > 3 and page.get_by_role("link", name="Save tune-7.mid").count() == 1


def test_nothing_is_wider_than_a_phone(browser, address, tmp_path):
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(address)
    page.wait_for_selector("[role=tab]")
    tasks = page.evaluate("fetch('/v1/tasks').then((response) => response.json())")["tasks"]
    for task in tasks:
        give_something(page, tasks, task["title"], tmp_path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, task["title"]
    page.close()


def test_every_tab_is_accessible(page, tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed").Axe()
    tasks = page.evaluate("fetch('/v1/tasks').then((response) => response.json())")["tasks"]
    for task in tasks:
        give_something(page, tasks, task["title"], tmp_path)
        page.evaluate("document.querySelectorAll('main details').forEach((details) => (details.open = true))")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # colours change at once
            violations = axe.run(page).response["violations"]
            found = [(each["id"], node["html"][:200]) for each in violations for node in each["nodes"]]
            assert not found, (task["title"], scheme, found)


def test_keys_go_from_tab_to_tab_and_past_them(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    title = page.locator("h1").inner_text()
    page.keyboard.press("Enter")  # to the task that is open
    sync_api.expect(page.locator("h1")).to_have_text(title)
    page.get_by_role("tab").first.focus()
    page.keyboard.press("End")
    assert page.get_by_role("tab").last.get_attribute("aria-selected") == "true"
    page.keyboard.press("Home")
    assert page.get_by_role("tab").first.get_attribute("aria-selected") == "true"
