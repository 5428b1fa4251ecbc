"""`mediakit evaluate` in a process of its own."""

import json
import shutil
import subprocess
import sys

import pytest


def evaluate(*args):
    command = [sys.executable, "-m", "mediakit", "evaluate", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def pairs(tmp_path):
    (tmp_path / "val.en").write_text("A dog runs.\nA cat sleeps.\nA cat runs.\n", encoding="utf-8")
    (tmp_path / "val.de").write_text("Ein Hund läuft.\nEine Katze schläft.\nEin Kater läuft.\n", encoding="utf-8")
    return tmp_path


def test_a_table_for_people_and_an_object_for_programs(pairs, tiny_translation):
    pytest.importorskip("sacrebleu", reason="the scorer needs the extra train")
    done = evaluate(tiny_translation, "--data", pairs, "--split", "val", "--set", "beam=1", "--record")
    assert done.returncode == 0 and done.stderr == ""
    heading, _, head, _, model, baseline = done.stdout.splitlines()
    assert heading.startswith(f"Measured on {pairs.name} val; beam 1 (3 examples, ")
    assert "BLEU" in head and model.startswith("| this model ") and baseline.startswith("| the source, copied ")
    entry = json.loads(evaluate(tiny_translation, "--data", pairs, "--split", "val", "--set", "beam=1", "--json").stdout)
    assert entry["BLEU"] == entry["values"]["BLEU"] and entry["options"] == {"beam": 1}
    assert f"**{entry['BLEU']:.1f}**" in (tiny_translation / "card.md").read_text()


def test_what_is_missing_is_one_line(tmp_path):
    done = evaluate("captioning", "--data", tmp_path / "absent", "--split", "dev")
    assert done.returncode == 1 and "no such folder" in done.stderr and len(done.stderr.splitlines()) == 1
    done = evaluate("juggling", "--data", tmp_path, "--split", "dev")
    assert done.returncode == 1 and "no model 'juggling'" in done.stderr and len(done.stderr.splitlines()) == 1
    assert evaluate("captioning", "--split", "dev").returncode == 2


@pytest.mark.parametrize(
    ("pair", "why"), [("beem=3", "no option 'beem'"), ("beam=wide", "beam is 'wide'"), ("limit=1", "no option 'limit'")]
)
def test_a_wrong_option_is_one_line(pair, why, pairs, tiny_translation):
    done = evaluate(tiny_translation, "--data", pairs, "--split", "val", "--set", pair)
    assert done.returncode == 1 and why in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_task_with_what_its_models_differ_in(pairs):
    """The spelling of earlier versions."""
    pytest.importorskip("sacrebleu", reason="the scorer needs the extra train")
    done = evaluate("translation", "--set", "target=de", "--data", pairs, "--split", "val", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["options"] == {}


def test_a_few_real_photos(flickr8k):
    pytest.importorskip("pycocoevalcap", reason="the scorers come with the extra train")
    if not shutil.which("java"):
        pytest.skip("METEOR and the PTB tokenizer need Java")
    done = evaluate("captioning", "--data", flickr8k, "--split", "dev", "--limit", "40", "--json")
    assert done.returncode == 0 and done.stderr == ""
    entry = json.loads(done.stdout)
    assert entry["examples"] == 40 and entry["split"] == "dev[:40]"
    assert entry["values"]["CIDEr"] > 0.35 > entry["baselines"]["a constant caption"]["CIDEr"]
