# The command with Ray and object stores, for one machine or the nodes of a cluster:
#   docker build --tag latentcodec .
#   docker run --rm --volume "$PWD/photos:/photos" latentcodec encode /photos -o /photos/coded/
# With --entrypoint ray it starts a node (docs/scale.md).

FROM rust:1-bookworm AS wheel
RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip
COPY . /source
RUN pip wheel --no-deps --wheel-dir /wheels /source

FROM python:3.11-slim-bookworm
COPY requirements.txt /
COPY --from=wheel /wheels /wheels
RUN pip install --no-cache-dir --constraint /requirements.txt "$(ls /wheels/latentcodec-*.whl)[ray,remote]" && rm -r /wheels
ENTRYPOINT ["latentcodec"]
