"""Getting the rest of a file over the network, in as many attempts as bring it forward."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from io import BufferedRandom
from typing import TYPE_CHECKING, TypeAlias

from clirbench.data.base import Download
from clirbench.errors import DataError
from clirbench.offline import is_offline

if TYPE_CHECKING:
    import requests

__all__ = ["PIECE", "Progress", "append", "resume"]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told (url, bytes done, bytes in all) while a file arrives; bytes in all are 0 where not known."""

PIECE = 1 << 14
"""Bytes that are read at once; of a broken transfer, fewer than these are lost."""

_TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two pieces
_BUSY = frozenset({408, 416, 425, 429, 500, 502, 503, 504})
_PARTIAL, _NO_SUCH_RANGE = 206, 416


def resume(
    download: Download, part: BufferedRandom, progress: Progress, *, attempts: int, pause: float
) -> None:
    """Append to `part` what is missing of the file; the bytes are not checked.

    Where the size is not known, the file is whole when the server has sent what it promised.

    Args:
        download: the file.
        part: what there is of it, open to read and to append.
        progress: told how far it is.
        attempts: how often a connection may fail without a byte more before it is given up.
        pause: seconds before the second attempt; doubled before each one after it.

    Raises:
        DataError: the server refuses, the file cannot be had in so many attempts, or the work is to
            be done without a network.
    """
    if is_offline():
        raise DataError(
            f"{download.url}: not on this machine, and --offline was given; where there is a "
            "network, run `clirbench data get SUITE --to FOLDER`, then give --mirror FOLDER here"
        )
    import requests

    failures, farthest = 0, part.seek(0, os.SEEK_END)
    while True:
        try:
            _attempt(download, part, progress)
            problem = "the connection was closed"
            if download.bytes is None:  # requests raises where less came than was promised
                return
        except requests.RequestException as error:
            problem = str(error)
        reached = part.seek(0, os.SEEK_END)
        if download.bytes is not None and reached >= download.bytes:
            return
        # Bytes that had come once before are no progress: some servers always begin anew.
        failures = 0 if reached > farthest else failures + 1
        farthest = max(reached, farthest)
        if failures >= attempts:
            raise DataError(
                f"{download.url}: cannot be fetched ({problem}); run again to resume from byte "
                f"{reached}, or name a copy with --mirror or CLIRBENCH_MIRROR"
            )
        time.sleep(pause * 2 ** max(failures - 1, 0))


def append(
    download: Download, pieces: Iterator[bytes], part: BufferedRandom, progress: Progress
) -> None:
    """Write the pieces to the end of `part`, but no more than show that there are too many."""
    done, total = part.seek(0, os.SEEK_END), download.bytes
    progress(download.url, done, total or 0)
    for piece in pieces:
        done += part.write(piece)
        progress(download.url, done if total is None else min(done, total), total or 0)
        if total is not None and done > total:
            return


def _attempt(download: Download, part: BufferedRandom, progress: Progress) -> None:
    import requests

    have = part.seek(0, os.SEEK_END)
    if download.bytes is not None and have > download.bytes:
        have = part.truncate(0)
    # Bytes are counted, so they must come as they are.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with (
        _session() as session,
        session.get(download.url, headers=headers, stream=True, timeout=_TIMEOUT) as response,
    ):
        status = f"status {response.status_code} {response.reason}"
        if response.status_code == _NO_SUCH_RANGE:
            part.truncate(0)
        if response.status_code in _BUSY:
            raise requests.HTTPError(status)
        if not response.ok:
            raise DataError(
                f"{download.url}: {status}; name a copy with --mirror or CLIRBENCH_MIRROR"
            )
        if download.bytes is None and not {"Content-Length", "Transfer-Encoding"} & {
            name.title() for name in response.headers
        }:
            raise DataError(
                f"{download.url}: the server does not say how long the file is, so a broken "
                "download could not be noticed; name a copy with --mirror or CLIRBENCH_MIRROR"
            )
        if not _goes_on(response, have):
            part.truncate(0)
        append(download, response.iter_content(PIECE), part, progress)


def _session() -> requests.Session:
    """A session that follows no redirect from https to http, where anyone may answer."""
    import requests

    class Safe(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> str | None:
            target = super().get_redirect_target(resp)
            if target and f"{resp.url}".startswith("https:") and target.lower().startswith("http:"):
                raise DataError(
                    f"{resp.url}: refused: it redirects to plain http ({target}); name a copy "
                    "with --mirror or CLIRBENCH_MIRROR"
                )
            return target

    return Safe()


def _goes_on(response: requests.Response, have: int) -> bool:
    """Whether the response begins where the part ends."""
    if response.status_code != _PARTIAL:
        return not have
    return response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
