"""Pipelines over tables: a function of column batches for Ray Data, Spark and whatever else works in batches."""

import os
from collections.abc import Mapping
from functools import lru_cache, partial
from threading import Lock
from typing import Any, get_type_hints

from mediakit.errors import InputError, MediakitError

_loading = Lock()


class Mapper:
    """Adds a model's results to batches of rows. It can be pickled; each process loads the model once, at its first batch.

        describe = mediakit.Mapper("captioning", column="path")
        describe({"path": ["a.jpg", "missing.jpg"]})

    returns the columns path, caption, log_probability, alternatives and error. The error is None where all is well; where it is
    not, the results are None. So Ray Data and Spark are used as always:

        dataset.map_batches(mediakit.Mapper("captioning", column="path"))
        frame.mapInPandas(lambda batches: (pandas.DataFrame(describe(batch)) for batch in batches), schema)

    Args:
        model: a shipped model's name, or a model folder's path, which must be there in every process.
        column: holds the pipeline's items, such as paths, texts, photos as bytes, or seeds.
        prefix: of the names of the columns that are added.
        threads: of the pipeline in each process; by default one per processor, at most four.
        options: of the pipeline's `stream`, such as `beam=1`.

    Raises ModelError for an unknown model, InputError for an unknown option.
    """

    def __init__(self, model: str | os.PathLike[str], column: str, *, prefix: str = "", threads: int | None = None, **options: Any):
        from mediakit.runtime.model_folder import open_folder
        from mediakit.runtime.pipeline import check_option_names
        from mediakit.tasks import task_of

        # A wrong name is an error here, not later in every process.
        pipeline = get_type_hints(task_of(open_folder(model)).load).get("return")
        if pipeline is not None and hasattr(pipeline, "stream"):  # a stranger's `load` need not state what it returns
            check_option_names(partial(pipeline.stream, None), options, also=("prefix", "threads"))
        self.model, self.column, self.prefix, self.threads, self.options = os.fspath(model), column, prefix, threads, options

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The batch's columns (lists, arrays or series) and those of the results (lists).

        Raises ModelError for an unknown model, InputError for an unknown column, for a batch that has a column of a result's name
        already, and for options that are unknown or out of range.
        """
        with _loading:  # one thread loads while the others wait
            pipeline = _load(self.model, self.threads)
        names = {name: f"{self.prefix}{name}" for name in (*pipeline.columns, "error")}
        self._check(list(batch), list(names.values()))
        added: dict[str, list[Any]] = {name: [] for name in names.values()}
        for _, result in pipeline.stream(batch[self.column], **self.options):
            failed = isinstance(result, MediakitError)
            row = {"error": str(result)} if failed else {**result.to_row(), "error": None}
            for name, column in names.items():
                added[column].append(row.get(name))
        return {**{name: batch[name] for name in batch}, **added}

    def _check(self, given: list[str], added: list[str]) -> None:
        if self.column not in given:
            raise InputError(f"the batch has no column {self.column!r}; it has {', '.join(map(str, given)) or 'none'}")
        taken = [name for name in added if name in given]
        if taken:
            raise InputError(f"the batch has a column {taken[0]!r} already; give a prefix for the columns that are added")

    def __repr__(self) -> str:
        return f"Mapper({self.model!r}, column={self.column!r})"


@lru_cache(maxsize=8)
def _load(model: str, threads: int | None) -> Any:
    import mediakit

    return mediakit.load(model, threads=threads)
