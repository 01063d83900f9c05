# The gateway with its command line. Every step is one that also runs without Docker: `npm start` builds in the same way.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN node scripts/run.mjs build
RUN npm prune --omit=dev --ignore-scripts --loglevel=error && rm -rf .cache

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    OPENCLAW_HOME=/var/lib/openclaw \
    OPENCLAW_GATEWAY_BIND=0.0.0.0
# Keeps skills apart, where the container may have user namespaces; without them skills with code are refused.
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap \
    && rm -rf /var/lib/apt/lists/*
# Owned before it becomes a volume: a new volume takes over the owner and the mode.
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/openclaw
COPY --from=build /app /app
WORKDIR /app
USER node
VOLUME /var/lib/openclaw
EXPOSE 18789
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "scripts/health-check.mjs"]
# Node itself is the process that gets SIGTERM, so that the gateway can finish what it is at.
CMD ["node", "--disable-sigusr1", "--max-semi-space-size=8", "--heap-growing-percent=20", "--no-allocation-site-pretenuring", "--no-concurrent-recompilation", "--no-separate-gc-phases", "apps/cli/dist/main.js", "gateway"]
