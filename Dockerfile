# One image for every program of the project: collector, service, jobs, simulator and the one-shot setup.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/kilowitness && /opt/kilowitness/bin/pip install --no-cache-dir .

FROM python:3.12-slim-bookworm
COPY --from=build /opt/kilowitness /opt/kilowitness
COPY deploy/entrypoint deploy/jobs-are-fresh deploy/simulate /usr/local/bin/
# A named volume takes over the owner of the folder it is first mounted on.
RUN useradd --system --uid 10001 --no-create-home kilowitness \
    && for folder in /var/lib/kilowitness /run/kilowitness/collector /run/kilowitness/service \
        /run/kilowitness/jobs /run/kilowitness/grafana; do install -d -o kilowitness "$folder"; done
ENV PATH=/opt/kilowitness/bin:$PATH PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp
USER kilowitness
WORKDIR /var/lib/kilowitness
ENTRYPOINT ["entrypoint"]
CMD ["--help"]
