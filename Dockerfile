# mediakit without TensorFlow, as a command and as a server: docker build -t mediakit .
FROM python:3.12-slim AS build
COPY . /source
RUN python -m venv /opt/mediakit \
    && /opt/mediakit/bin/pip install --no-cache-dir --no-compile "/source[serve]" \
    && /opt/mediakit/bin/pip uninstall --yes --quiet pip \
    && find /opt/mediakit -name "__pycache__" -prune -exec rm -rf {} +

FROM python:3.12-slim
COPY --from=build /opt/mediakit /opt/mediakit
ENV PATH=/opt/mediakit/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --system --create-home mediakit
USER mediakit
EXPOSE 8000
ENTRYPOINT ["mediakit"]
CMD ["serve", "--host", "0.0.0.0"]
