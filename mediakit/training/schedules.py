"""Learning rates that rise, then fall."""

import math

import keras


@keras.saving.register_keras_serializable("mediakit")
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to `peak`, then half a cosine to `floor * peak` (Loshchilov and Hutter 2017, section 3, no restarts)."""

    def __init__(self, peak: float, steps: int, warmup: int = 0, floor: float = 0.01):
        self.peak, self.steps, self.warmup, self.floor = peak, steps, warmup, floor

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        rising = (step + 1) / max(self.warmup, 1)
        progress = keras.ops.clip((step - self.warmup) / max(self.steps - self.warmup, 1), 0.0, 1.0)
        falling = self.floor + (1 - self.floor) * 0.5 * (1 + keras.ops.cos(math.pi * progress))
        return self.peak * keras.ops.where(step < self.warmup, rising, falling)

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup, "floor": self.floor}


def warmup_adam(rate: float, steps: int, warmup: int, weight_decay: float | None = None, beta_2: float = 0.999) -> keras.optimizers.Adam:
    """Adam (AdamW with `weight_decay`) whose rate rises for `warmup` steps, at most a quarter of all `steps`, and falls to the end."""
    schedule = WarmupCosine(rate, steps, warmup=min(warmup, steps // 4))
    return keras.optimizers.Adam(schedule, beta_2=beta_2, weight_decay=weight_decay)
