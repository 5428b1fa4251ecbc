"""Transparency. Pictures are resized, learnt and compared with their colours multiplied by alpha: what can't be seen has then no
colour, and no fringe of it is left along the edges. They are written to files with straight alpha, as PNG wants them.

Porter and Duff 1984, "Compositing digital images", section 4.
"""

import numpy as np


def premultiply(picture: np.ndarray) -> np.ndarray:
    """uint8 `[..., 4]`, straight RGB and alpha, as RGB multiplied by alpha, and alpha."""
    wide = picture.astype(np.uint16)
    product = (wide[..., :3] * wide[..., 3:] + 127) // 255
    return np.concatenate([product, wide[..., 3:]], axis=-1).astype(np.uint8)


def unpremultiply(picture: np.ndarray) -> np.ndarray:
    """uint8 `[..., 4]`, premultiplied RGB and alpha, with straight RGB; black where nothing can be seen. Pictures of one or three
    channels come back as they are.

    A colour brighter than its alpha, which no real picture has and a drawn one may, counts as white.
    """
    if picture.shape[-1] != 4:
        return picture
    wide = picture.astype(np.uint16)
    alpha = wide[..., 3:]
    colour = np.minimum((wide[..., :3] * 255 + alpha // 2) // np.maximum(alpha, 1), 255) * (alpha > 0)
    return np.concatenate([colour, alpha], axis=-1).astype(np.uint8)


def on_white(picture: np.ndarray) -> np.ndarray:
    """RGB uint8 `[..., 3]` of premultiplied `[..., 4]` on white paper."""
    wide = picture.astype(np.uint16)
    return np.minimum(wide[..., :3] + 255 - wide[..., 3:], 255).astype(np.uint8)
