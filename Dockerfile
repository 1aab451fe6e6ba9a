# The prediction service on the CPU: docs/how-to/serving.md
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml hatch_build.py README.md LICENSE constraints.txt ./
COPY src ./src
RUN python -m venv /opt/convscope
RUN CONVSCOPE_SKIP_PAGE=1 /opt/convscope/bin/pip install --no-cache-dir -c constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu '.[serve,infer]'

FROM python:3.11-slim
COPY --from=build /opt/convscope /opt/convscope
RUN useradd --system --create-home --uid 10001 convscope
USER convscope
WORKDIR /home/convscope
ENV PATH=/opt/convscope/bin:$PATH PYTHONUNBUFFERED=1
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["convscope", "serve", "--host", "0.0.0.0", "--port", "8000"]
