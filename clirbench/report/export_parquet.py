"""Parquet: runs.parquet, judgments.parquet and scores.parquet, by pyarrow."""

from __future__ import annotations

from pathlib import Path

from clirbench.errors import SuiteError
from clirbench.report.export import Part

__all__ = ["need_pyarrow", "write_parquet"]


def need_pyarrow() -> None:
    """Make sure that Parquet can be written.

    Raises:
        SuiteError: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ModuleNotFoundError:
        raise SuiteError(
            'the format parquet needs pyarrow: pip install "clirbench[parquet]"'
        ) from None


def write_parquet(folder: Path, part: Part) -> int:
    """Write one file, a row group for each chunk; gives 1. No seed is null.

    Raises:
        SuiteError: pyarrow is not installed.
    """
    need_pyarrow()
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(column.name, kinds[column.kind]) for column in part.columns])
    folder.mkdir(parents=True, exist_ok=True)
    with parquet.ParquetWriter(folder / f"{part.name}.parquet", schema) as writer:
        for chunk in part.chunks():
            columns = list(zip(*chunk.rows, strict=True)) or [()] * len(schema)
            arrays = [pa.array(own, kind.type) for own, kind in zip(columns, schema, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))
    return 1
