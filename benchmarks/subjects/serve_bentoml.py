"""The captioning pipeline as BentoML's documentation serves a model: `bentoml serve serve_bentoml:Captions`."""

from pathlib import Path
from typing import Annotated, Any

import bentoml
from bentoml.validators import ContentType

import mediakit


@bentoml.service(workers=1, traffic={"timeout": 60})
class Captions:
    """Captions of photos."""

    def __init__(self) -> None:
        self.caption = mediakit.load("captioning", threads=1)

    @bentoml.api(route="/v1/captioning")
    def captioning(self, photo: Annotated[Path, ContentType("image/jpeg")]) -> dict[str, Any]:
        """The caption of a photo."""
        return self.caption(photo).to_dict()
