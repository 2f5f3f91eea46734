# One image for every process of the platform: `keten run …` says which.
FROM python:3.13-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_SYSTEM_CERTS=true VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH \
    PIP_CACHE_DIR=/var/cache/packages/pip UV_CACHE_DIR=/var/cache/packages/uv
RUN python -m venv /opt/venv
COPY requirements/uv.txt requirements/run.txt /tmp/
# uv does not read pip's settings: which index to ask is passed on.
RUN --mount=type=cache,target=/var/cache/packages \
    python -m venv /opt/uv && /opt/uv/bin/pip install --quiet --require-hashes -r /tmp/uv.txt \
    && index="${PIP_INDEX_URL:-$(pip config get global.index-url 2>/dev/null || true)}" \
    && if [ -n "$index" ]; then export UV_DEFAULT_INDEX="$index"; fi \
    && /opt/uv/bin/uv pip install --quiet --require-hashes -r /tmp/run.txt \
    && /opt/uv/bin/uv pip uninstall --quiet pip
WORKDIR /keten
COPY libs libs
COPY services services
COPY deploy/local deploy/local
COPY policies policies
# Installed where they lie: a service's migrations stand beside its package. Whoever runs it writes no bytecode, so it is made here.
RUN --mount=type=cache,target=/var/cache/packages \
    /opt/uv/bin/uv pip install --quiet --no-deps --offline $(find libs services deploy -name pyproject.toml -printf '-e %h ') \
    && python -m compileall -q libs services deploy

FROM python:3.13-slim
# libatomic1: the policies' interpreter is linked against it. The official image comes without bytecode of Python's own library,
# and nobody here could keep what every start would compile.
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends libatomic1 >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig \
    && python -m compileall -q -x '/(test|tests|idlelib|ensurepip|lib2to3|turtledemo)/' \
       "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin keten
COPY --from=build /opt/venv /opt/venv
COPY --from=build /keten /keten
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 KETEN_POLICIES=/keten/policies
WORKDIR /keten
USER 10001:10001
ENTRYPOINT ["keten"]
CMD ["run", "--help"]
