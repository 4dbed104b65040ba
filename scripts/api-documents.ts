import { apiTags, createListenerRoutes, type ListenerSources } from "../src/app/listener-routes.js";
import { readVersion } from "../src/app/read-version.js";
import { services as builtServices } from "../src/app/services.js";
import { builtResources } from "../src/config/sections/listeners.js";
import { BotDirectory } from "../src/core/bots.js";
import type { ActiveService, Service } from "../src/core/service.js";
import type { OpenApiDocument } from "../src/http/openapi-document.js";
import { renderApiPage } from "../src/http/openapi-markdown.js";
import { createOpenApi } from "../src/http/openapi.js";
import type { Route } from "../src/http/route.js";
import { createMetrics } from "../src/shared/metrics.js";
import { compileSchema } from "../src/shared/validate.js";

const head = `Generated from the routes in \`src/apis/\` by \`npm run docs\`; do not edit. [openapi.json](openapi.json) is the same for programs, and so is
\`GET /openapi.json\` on a listener with an API; \`GET /openapi\` there is a page to read. Error codes: [errors.md](../errors.md).`;

/** The documents of our APIs: one page for each, and all of them for programs. */
export function apiDocuments(): { path: string; content: string }[] {
  const document = createApiDocument();
  return [
    ...document.tags.map((tag) => ({ path: `docs/api/${tag.name.toLowerCase()}.md`, content: renderApiPage(document, tag, head) })),
    { path: "docs/api/openapi.json", content: `${JSON.stringify(document, null, 2)}\n` },
  ];
}

/** What a listener with every resource says of itself, every service being switched on. */
function createApiDocument(): OpenApiDocument {
  return createOpenApi({ routes: publicRoutes(), tags: apiTags, version: readVersion() });
}

/** The routes of all our APIs. Nobody calls them: what stands behind them is not there. */
export function publicRoutes(): readonly Route[] {
  // The casts: it takes the place of every part that only a request would need.
  const nothing = {} as never;
  const sources: ListenerSources = {
    ...{
      callers: nothing,
      operations: nothing,
      queue: nothing,
      rooms: nothing,
      inbox: nothing,
      browserLogins: nothing,
      remotes: nothing,
      repositories: nothing,
      findings: nothing,
      devinfo: { access: {}, intake: {}, fromWebhooks: {} } as never,
      maxDevinfoBytes: 0,
    },
    ...{ clock: nothing, random: nothing, log: { child: () => nothing } as never },
    services: builtServices.map(activate),
    disabledServices: [],
    bots: new BotDirectory({ userId: "@switchboard:example.org", prefix: "!hookshot" }, [], []),
    metrics: createMetrics(),
    areMetricsOn: true,
    areRemotesHeard: true,
    isReady: () => true,
    version: readVersion(),
  };
  return createListenerRoutes({ resources: builtResources, prefix: "" }, sources);
}

/** With the defaults of its section, by which it may say what it takes. */
function activate(service: Service<unknown>): ActiveService {
  const config = {};
  compileSchema(service.configSchema, { strictTypes: false })(config);
  // The cast: only a request would need the rest.
  return { service, context: { config } as ActiveService["context"] };
}
