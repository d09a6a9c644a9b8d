# Any image with Python 3.11 or later and its venv module serves as base.
ARG BASE=python:3.13-slim

# Two environments, so that pip, setuptools and the build backend stay in this stage.
FROM ${BASE} AS build
WORKDIR /src
RUN python3 -m venv /build \
    && python3 -m venv --without-pip /opt/temporal-compat-agent
COPY requirements/run.txt requirements/run.txt
# Everything locked, checked by hash; what is installed below comes from this folder only.
RUN /build/bin/pip wheel --no-cache-dir --require-hashes --wheel-dir /wheels -r requirements/run.txt \
    && /build/bin/pip install --no-index --find-links /wheels hatchling
COPY pyproject.toml README.md LICENSE ./
COPY agent agent
COPY dashboards dashboards
COPY docs/man docs/man
COPY docs/runbooks docs/runbooks
COPY deploy/trim.py deploy/trim.py
RUN /build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
    && /build/bin/pip --python /opt/temporal-compat-agent/bin/python \
        install --no-index --find-links /wheels 'temporal-compat-agent[all]' \
    && python3 deploy/trim.py /opt/temporal-compat-agent

# The same base: the environment links to its Python.
FROM ${BASE}
COPY --from=build /opt/temporal-compat-agent /opt/temporal-compat-agent
ENV PATH=/opt/temporal-compat-agent/bin:$PATH
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="temporal-compat-agent" \
    org.opencontainers.image.description="Watches whether a self-hosted Temporal server, its stores and their schemas fit together" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 17233
# Kubernetes has probes of its own and ignores this. With TLS (--web.config.file), switch it off or replace it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:17233/-/healthy', timeout=4)"]
# As lists, without a shell: signals reach the program itself.
ENTRYPOINT ["temporal-compat-agent"]
CMD ["run", "--config.file", "/etc/temporal-compat-agent/agent.yaml"]
