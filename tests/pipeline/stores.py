"""Places where files can lie: a folder, fsspec's store in memory, and a bucket of a server that speaks S3."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest


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
