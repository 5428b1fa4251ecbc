# mediakit without TensorFlow, as a command and as a server: docker build -t mediakit .
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends binutils python3-venv
COPY . /source
RUN python3 -m venv /opt/mediakit \
    && /opt/mediakit/bin/pip install --no-cache-dir --no-compile "/source[serve]" \
    && /opt/mediakit/bin/pip uninstall --yes --quiet setuptools pip
# What no answer needs: LiteRT's delegates and tools, headers, tests and symbols of packages, a phrase book for training.
RUN cd /opt/mediakit/lib/python3.11/site-packages \
    && rm -rf ai_edge_litert/libLiteRt*.so ai_edge_litert/tools ai_edge_litert/vendors numpy/_core/include numpy/f2py mediakit/datasets/hindi_phrasebook.tsv \
    && find . \( -name tests -o -name __pycache__ \) -type d -prune -exec rm -rf {} + \
    && find . \( -name "*.pyi" -o -name "*.a" \) -delete \
    && find av -name "*.so" -exec strip --strip-unneeded {} +

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home mediakit
COPY --from=build /opt/mediakit /opt/mediakit
ENV PATH=/opt/mediakit/bin:$PATH PYTHONUNBUFFERED=1
USER mediakit
EXPOSE 8000
ENTRYPOINT ["mediakit"]
CMD ["serve", "--host", "0.0.0.0"]
