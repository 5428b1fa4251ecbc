"""The page in a browser: every tab, by clicking, typing and dropping."""

import json
import os
import shutil
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
DONE = ".card:not(.waiting)"


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
    with page.expect_download() as download:
        page.get_by_role("button", name="Save JSON").click()
    rows = json.loads(Path(download.value.path()).read_text())
    assert [row["input"] for row in rows] == ["cat.jpg", "broken.jpg", "coffee.jpg"] and "error" in rows[1]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save CSV").click()
    assert Path(download.value.path()).read_text().startswith("input,labels,familiar,error")


def test_work_can_be_cancelled(page):
    open_tab(page, "Classes")
    choose(page, *[SAMPLES / "galaxies.jpg"] * 60)
    page.get_by_role("button", name="Cancel").click()
    sync_api.expect(page.locator(".status")).to_contain_text("Cancelled")
    assert page.locator(".card").count() < 60


def test_a_film_and_its_moments(page):
    open_tab(page, "Film genres")
    choose(page, FILMS / "vp9.webm")
    page.wait_for_selector(DONE)
    page.locator(".moment").last.click()
    page.wait_for_function("document.querySelector('video').currentTime > 0")
    page.locator(".plot").hover()
    assert "·" in page.locator(".readout").inner_text()


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
    assert "forecast" in page.locator(".readout").inner_text() and "95 %" in page.locator(".readout").inner_text()
    page.get_by_label("Series").fill("1 2 3 4 1 2 3 4 1 2 3 4 1 2 3 4")
    page.get_by_role("button", name="Run").click()
    sync_api.expect(page.locator("figcaption")).to_have_text("value")


def test_a_piece_and_an_image_by_seed(page):
    open_tab(page, "Images")
    page.wait_for_selector(DONE)
    first = page.locator(".picture img").get_attribute("src")
    page.get_by_label("Truncation").fill("0.2")
    page.wait_for_function("(first) => document.querySelector('.picture img').src !== first", arg=first)
    open_tab(page, "Music")
    page.get_by_label("Bars").fill("1")
    page.get_by_role("button", name="Compose").click()
    page.wait_for_selector(DONE)
    assert page.evaluate("document.querySelector('audio').src").startswith("blob:")
    assert page.locator(".roll rect").count() > 3 and page.get_by_role("link", name="Save tune-7.mid").count() == 1


def test_nothing_is_wider_than_a_phone(browser, address):
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(address)
    page.wait_for_selector("[role=tab]")
    for tab in page.get_by_role("tab").all():
        open_tab(page, tab.inner_text().strip())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, tab.inner_text()
    page.close()


def test_controls_have_names_and_enough_contrast(page):
    for tab in page.get_by_role("tab").all():
        open_tab(page, tab.inner_text().strip())
        for control in page.locator("main input, main select, main textarea").all():
            assert control.evaluate("(each) => each.labels.length > 0 && each.labels[0].textContent.trim() !== ''")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for selector in ("h1", ".lead", "[role=tab][aria-selected=true]", "[role=tab][aria-selected=false]", "summary"):
            assert contrast(page, selector) >= 4.5, (scheme, selector)


def contrast(page: "sync_api.Page", selector: str) -> float:
    """The contrast of a text with what is behind it (WCAG 2.2, 1.4.3)."""
    code = """(element) => {
        const luminance = (color) => {
            const [r, g, b] = color.match(/[\\d.]+/g).map((part) => part / 255)
                .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        let behind = element;
        while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
        const both = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(luminance);
        return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    }"""
    return page.locator(selector).first.evaluate(code)
