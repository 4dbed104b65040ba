import { createDocumentPage } from "./document-page.js";
import { createOpenApi, type OpenApiOptions } from "./openapi.js";
import type { DocumentTag } from "./openapi-document.js";
import { renderDocumentPage } from "./openapi-markdown.js";
import type { Answer, Route, RouteDoc } from "./route.js";

export const documentsTag: DocumentTag = {
  name: "Documents",
  description: "What a listener serves, told by itself. They are there on every listener that serves an API to programs.",
};

/**
 * Routes that tell what the routes of a listener are; they tell of themselves too. The documents are made when somebody asks first.
 * @param options `routes`: the listener's others
 */
export function createDocumentRoutes(options: OpenApiOptions): readonly Route[] {
  const document = once(() => createOpenApi({ ...options, routes: [...options.routes, ...routes] }));
  const json = once((): Answer => ({ status: 200, headers: { "cache-control": "no-cache" }, body: document() }));
  const page = once((): Answer => {
    const intro = `The same for programs: [openapi.json](${options.serverUrl ?? ""}/openapi.json).`;
    return createDocumentPage("Switchboard's APIs", renderDocumentPage(document()).replace("\n\n", `\n\n${intro}\n\n`));
  });
  const routes: readonly Route[] = [
    { method: "GET", path: "/openapi.json", doc: jsonDoc, handle: json },
    { method: "GET", path: "/openapi", doc: pageDoc, handle: page },
  ];
  return routes;
}

const jsonDoc: RouteDoc = {
  tag: documentsTag.name,
  summary: "The OpenAPI 3.1 document of the listener.",
  answers: { 200: { description: "The document.", schema: { type: "object", description: "OpenAPI 3.1." } } },
};

const pageDoc: RouteDoc = {
  tag: documentsTag.name,
  summary: "The same as a page to read.",
  answers: { 200: { description: "The page.", contentType: "text/html" } },
};

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
