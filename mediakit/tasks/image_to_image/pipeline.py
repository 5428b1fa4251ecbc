"""Images in, images of the same size out: grey photos in colours, or whatever the pairs were of which a model learned."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

from mediakit.errors import MediakitError, ModelError
from mediakit.media.image import MAX_PIXELS, ImageSource, photo_from_array, read_grey, read_photo
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult, png
from mediakit.runtime.workers import Pool
from mediakit.tasks.image_to_image import gives_colours
from mediakit.tasks.image_to_image.coloring import colored, fitted

Photo = ImageSource | np.ndarray


@dataclass(frozen=True, repr=False)
class MadeImage(DrawnResult):
    """An image that a model made of another one.

    Attributes:
        pixels: uint8 `[height, width, 3]`, or `[height, width, 4]` with straight alpha where the photo is not opaque.
    """

    pixels: np.ndarray = field(repr=False)

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[0])

    def draw(self) -> Image.Image:
        """The image."""
        return Image.fromarray(self.pixels)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `width` and `height`."""
        return {"width": self.width, "height": self.height}

    def to_row(self) -> dict[str, Any]:
        """`to_dict`, and the image as the bytes of a PNG file."""
        return {**self.to_dict(), "image": png(self.draw())}


class ImageToImage(Pipeline[Photo, MadeImage]):
    """What pipelines of this task share: a network `generator` from `source` `[1, size, size, channels]` in 0..255.

    Args:
        folder: an opened model folder of the task image_to_image.
        threads: how many images are processed side by side; by default one per processor, at most four.
    """

    columns = ("width", "height", "image")
    output = ""  # of the network
    channels = (0, 0)  # of its input and its output

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self._networks = Pool(lambda: folder.network("generator"))
        with self._networks.one() as network:
            shapes = {tensor["name"]: tensor["shape"] for tensor in (*network.inputs, *network.outputs)}
        if set(shapes) != {"source", self.output} or tuple(shape[-1] for shape in shapes.values()) != self.channels:
            raise ModelError(f"{folder.path}: the generator does not turn a source into {self.output}; export the model again")
        _, self._height, self._width, _ = shapes["source"]

    def stream(
        self, photos: Iterable[Photo | MediakitError], *, saturation: float = 1.0, max_pixels: int = MAX_PIXELS
    ) -> Iterator[tuple[Photo | MediakitError, MadeImage | MediakitError]]:
        """Yield each photo with what is made of it, or its error, in order, at flat memory.

        Args:
            photos: paths, bytes, arrays, binary files; an error among them is yielded in its place.
            saturation: factor of the colours: 0 is grey.
            max_pixels: photos with more pixels are errors.
        """
        return self._one_by_one(photos, lambda index, photo: MadeImage(self._make(photo, saturation, max_pixels)))

    @abstractmethod
    def _make(self, photo: Photo, saturation: float, max_pixels: int) -> np.ndarray:
        """The pixels of the image that is made of a photo."""

    def _run(self, source: np.ndarray) -> np.ndarray:
        """The network's output, `[rows, columns, channels]`, for a source uint8 `[height, width, channels]` of any size."""
        small = fitted(source, self._width, self._height).astype(np.float32)
        with self._networks.one() as network:
            return network(source=small[None])[self.output][0]


class Colorizer(ImageToImage):
    """Gives photos the colours that a model guesses. Photos are paths, bytes, arrays uint8 `[height, width, channels]`, or open binary
    files; of colour photos, the luma is taken.

    The network sees a small copy; its colours are enlarged along the edges of the photo, whose lightness stays as it is.
    """

    output, channels = "chroma", (1, 2)

    def _make(self, photo: Photo, saturation: float, max_pixels: int) -> np.ndarray:
        if isinstance(photo, np.ndarray):
            photo = Image.fromarray(photo_from_array(photo))
        grey, alpha = read_grey(photo, max_pixels=max_pixels)
        gain = self.folder.manifest.get("calibration", {}).get("chroma_gain", 1.0)
        pixels = colored(grey, self._chroma(grey[..., None]) * np.float32(gain * saturation))
        return pixels if alpha is None else np.dstack([pixels, alpha])

    def _chroma(self, source: np.ndarray) -> np.ndarray:
        """The mean of the network's outputs for a photo and its mirror image: it has fewer stray patches of colour than either."""
        return (self._run(source) + self._run(source[:, ::-1])[:, ::-1]) / 2


class Translator(ImageToImage):
    """Makes of an image what a model learned from pairs: a façade of its labels, say. Images as for a `Colorizer`.

    The network's image is as small as those that it learned from, and enlarged to the given one's size.
    """

    output, channels = "image", (3, 3)

    def _make(self, photo: Photo, saturation: float, max_pixels: int) -> np.ndarray:
        pixels = photo_from_array(photo) if isinstance(photo, np.ndarray) else read_photo(photo, max_pixels=max_pixels)
        made = Image.fromarray(np.clip(self._run(pixels) + 0.5, 0, 255).astype(np.uint8))
        return np.asarray(ImageEnhance.Color(made).enhance(saturation).resize(pixels.shape[1::-1], Image.Resampling.BICUBIC))


def load(folder: ModelFolder, *, threads: int | None = None) -> ImageToImage:
    """The pipeline of an image-to-image model folder: a `Colorizer` if its network makes chroma, else a `Translator`."""
    return (Colorizer if gives_colours(folder.manifest) else Translator)(folder, threads)
