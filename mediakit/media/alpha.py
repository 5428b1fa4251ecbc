"""Transparency: straight and premultiplied alpha.

Images are resized, learned and compared with colours premultiplied by alpha, so that invisible pixels have no colour and leave no
fringe along edges. Files are written with straight alpha, as PNG requires. Porter and Duff 1984, "Compositing digital images",
section 4.
"""

import numpy as np


def premultiply(image: np.ndarray) -> np.ndarray:
    """Premultiply uint8 `[..., 4]`, straight RGB and alpha."""
    wide = image.astype(np.uint16)
    product = (wide[..., :3] * wide[..., 3:] + 127) // 255
    return np.concatenate([product, wide[..., 3:]], axis=-1).astype(np.uint8)


def unpremultiply(image: np.ndarray) -> np.ndarray:
    """Undo `premultiply` on uint8 `[..., 4]`; invisible pixels become black. Images of one or three channels are returned as is.

    A colour brighter than its alpha is clipped to white. No real image has one, but a generated one may.
    """
    if image.shape[-1] != 4:
        return image
    wide = image.astype(np.uint16)
    alpha = wide[..., 3:]
    colour = np.minimum((wide[..., :3] * 255 + alpha // 2) // np.maximum(alpha, 1), 255) * (alpha > 0)
    return np.concatenate([colour, alpha], axis=-1).astype(np.uint8)


def on_white(image: np.ndarray) -> np.ndarray:
    """RGB uint8 `[..., 3]`: premultiplied `[..., 4]` composited on white."""
    wide = image.astype(np.uint16)
    return np.minimum(wide[..., :3] + 255 - wide[..., 3:], 255).astype(np.uint8)


def with_channels(images: np.ndarray, channels: int) -> np.ndarray:
    """Images, uint8 `[..., 1, 3 or 4]` as in an ImageSet, converted to 1, 3 or 4 channels.

    Dropping alpha composites on white; dropping colour keeps the luma (ITU-R BT.601).
    """
    current = images.shape[-1]
    if current == channels:
        return images
    rgb = on_white(images) if current == 4 else np.repeat(images, 3, axis=-1) if current == 1 else images
    if channels == 1:
        return ((rgb @ np.array([299, 587, 114], np.uint32) + 500) // 1000).astype(np.uint8)[..., None]
    return rgb if channels == 3 else np.concatenate([rgb, np.full_like(rgb[..., :1], 255)], axis=-1)
