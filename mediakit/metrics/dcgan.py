"""A DCGAN's pictures are measured as a StyleGAN's."""

from mediakit.metrics.style_gan import evaluate, examples

__all__ = ["evaluate", "examples"]
