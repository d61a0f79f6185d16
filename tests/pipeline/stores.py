"""Places where files can lie: a folder, fsspec's store in memory, a bucket of a server that speaks S3; and shards."""

import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from make_golden import picture
from PIL import Image

from latentcodec import storage


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of an S3 server of this process; the environment's variables lead every client to it."""
    server_module = pytest.importorskip("moto.server", reason="moto, of the group dev, is not installed")
    s3fs = pytest.importorskip("s3fs", reason="s3fs, of the extra latentcodec[remote], is not installed")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": f"{host},{os.environ.get('NO_PROXY', '')}",
        }.items():
            environment.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()  # clients of an earlier server
        yield f"http://{host}:{port}"
    server.stop()


def new_bucket() -> str:
    """The URL of an empty bucket of the server."""
    import s3fs

    name = f"pictures-{uuid4().hex}"
    s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
    return f"s3://{name}"


def png(height: int, width: int, seed: int = 0) -> bytes:
    """A picture's file."""
    file = io.BytesIO()
    Image.fromarray(picture(height, width, seed=seed)).save(file, "PNG")
    return file.getvalue()


def put(path: str, content: bytes) -> None:
    """Write a file, and its folder, anywhere."""
    if storage.is_url(path):
        storage.write(path, content)
    else:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content)


def names(folder: str) -> set[str]:
    """All files below a folder, as they are called there."""
    walked = storage.walk(folder) if storage.is_url(folder) else os.walk(folder)
    return {str(storage.below(storage.join(here, name), folder)) for here, _, files in walked for name in files}


def tar(members: dict[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    """A tar file."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as shard:
        for name, content in members.items() if isinstance(members, dict) else members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            shard.addfile(info, io.BytesIO(content))
    return file.getvalue()


def parquet(rows: list[dict], rows_in_group: int = 2) -> bytes:
    """A Parquet file."""
    arrow = pytest.importorskip("pyarrow", reason="pyarrow, of the extra latentcodec[ray], is not installed")
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(arrow.Table.from_pylist(rows), file, row_group_size=rows_in_group)
    return file.getvalue()


def image(content: bytes | None, path: str | None, label: int = 0) -> dict:
    """A row as Hugging Face's data sets have it."""
    return {"image": {"bytes": content, "path": path}, "label": label}
