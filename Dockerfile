# Any image with Python 3.11 or later and its venv module serves as base.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /src
RUN python3 -m venv /opt/temporal-compat-agent
ENV PATH=/opt/temporal-compat-agent/bin:$PATH
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY agent agent
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
    && pip uninstall --yes hatchling editables pip

FROM ${BASE}
COPY --from=build /opt/temporal-compat-agent /opt/temporal-compat-agent
ENV PATH=/opt/temporal-compat-agent/bin:$PATH
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 17233
ENTRYPOINT ["temporal-compat-agent"]
CMD ["run", "--config.file", "/etc/temporal-compat-agent/agent.yaml"]
