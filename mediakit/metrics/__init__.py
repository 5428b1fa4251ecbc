"""Metrics by task, called by `mediakit evaluate`: each module `metrics.<task>` has

    examples(folder, split, config)     what to measure on; `config` is the model's, from its manifest
    evaluate(pipeline, examples, *, options, progress) -> {"examples", "options", "values", "intervals", "baselines"}
"""
