#!/bin/sh
# Starts Prometheus in compose, with what it cannot read from the environment in files.
set -eu
if [ -z "${METRICS_TOKEN:-}" ]; then
    echo "Set METRICS_TOKEN in .env: Prometheus reads the metrics with it." >&2
    exit 1
fi
umask 077
printf %s "$METRICS_TOKEN" > /tmp/metrics-token
sites="[]"
if [ -n "${SITE_URL:-}" ]; then
    sites="[{\"targets\": [\"${SITE_URL%/}/health/live\"]}]"
fi
printf %s "$sites" > /tmp/site.json
exec prometheus --config.file="$(dirname "$0")/prometheus.yml" "$@"
