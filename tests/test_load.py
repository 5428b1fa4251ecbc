"""The package's front door."""

import subprocess
import sys

import pytest

import mediakit
from mediakit.errors import InputError, MediakitError, MissingExtra, ModelError


def test_importing_it_loads_nothing_heavy():
    code = "import mediakit, mediakit.errors, sys; print({'numpy', 'PIL', 'ai_edge_litert', 'click'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "set()\n"


def test_models_have_a_sentence_each():
    assert mediakit.models()["captioning"].endswith(".")


def test_a_shipped_name_is_that_model_whatever_lies_in_the_working_folder(tiny_model, monkeypatch):
    tiny_model.rename(tiny_model.with_name("captioning"))
    monkeypatch.chdir(tiny_model.parent)
    assert mediakit.load("captioning").folder.name == "captioning"
    assert mediakit.load("./captioning").folder.name == "tiny_captioning"


def test_an_unknown_model_lists_the_known():
    with pytest.raises(ModelError, match=r"no model 'nothing'.*captioning"):
        mediakit.load("nothing")


def test_an_unknown_option_names_the_known(tiny_model):
    with pytest.raises(InputError, match="no option 'beam'; the options are threads"):
        mediakit.load(tiny_model, beam=2)
    with pytest.raises(InputError, match=r"no option 'bem'; the options are .*; did you mean beam\?"):
        mediakit.load(tiny_model)("photo.jpg", bem=3)


def test_a_missing_extra_says_what_to_install():
    assert 'tensorflow is not installed: run pip install ".[train]"' in str(MissingExtra.of("train", "tensorflow"))


def test_every_error_is_caught_by_one_name():
    assert all(issubclass(kind, MediakitError) for kind in (InputError, ModelError, MissingExtra))
