"""Metrics by task: each module `metrics.<task>` has `examples` and `evaluate`, which `mediakit evaluate` calls."""
