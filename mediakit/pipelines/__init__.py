"""Pipelines by task: each module `pipelines.<task>` has `load(folder)`, which `mediakit.load` calls."""
