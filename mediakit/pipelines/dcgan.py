"""Seeds in, pictures out, by a DCGAN: the pipeline of a StyleGAN, which opens either's networks."""

from mediakit.pipelines.style_gan import Synthesizer, load

__all__ = ["Synthesizer", "load"]
