import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createDocumentRoutes, documentsTag } from "./document-routes.js";
import { slugOf } from "./openapi-markdown.js";
import type { OpenApiDocument } from "./openapi-document.js";
import { createOpenApi } from "./openapi.js";
import type { Answer, Request, Route } from "./route.js";

const request: Request = { method: "GET", path: "/", params: {}, query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0) };

const tags = [{ name: "Things", description: "All about *things* | and more." }, documentsTag];

const things: readonly Route[] = [
  {
    method: "PUT",
    path: "/v1/:thing/parts",
    maxBodyBytes: 1,
    handle: () => ({ status: 200 }),
    doc: {
      tag: "Things",
      summary: "Makes a part.",
      description: "Of <b>wood</b> | or not.",
      auth: "token",
      params: { thing: { type: "string", description: "Which | one.", examples: ["a:table"] } },
      query: {
        type: "object",
        required: ["userId"],
        properties: {
          userId: { type: "string", examples: ["@alice:example.org"] },
          count: { type: "integer", minimum: 1, maximum: 9, default: 2 },
        },
      },
      body: {
        anyOf: [
          { title: "Leg", allOf: [{ type: "object", required: ["length"], properties: { length: { type: "number", examples: [45] } } }] },
        ],
      },
      answers: {
        200: { description: "Made.", schema: { type: "array", items: { type: "object", properties: { id: { type: "string" } } } } },
      },
    },
  },
];

function htmlOf({ body }: Answer): string {
  return typeof body === "string" ? body : "";
}

async function answersOf(serverUrl?: string): Promise<{ readonly json: Answer; readonly page: Answer }> {
  const routes = createDocumentRoutes({ routes: things, tags, version: "1.2.3", ...(serverUrl === undefined ? {} : { serverUrl }) });
  const [json, page] = await Promise.all(routes.map(async (route) => route.handle(request)));
  return { json: json!, page: page! };
}

describe("the document that a listener gives of itself", () => {
  it("is that of its routes, with those that give it", async () => {
    const { json } = await answersOf();

    const document = json.body as OpenApiDocument;
    expect(Object.keys(document.paths)).toEqual(["/v1/{thing}/parts", "/openapi.json", "/openapi"]);
    expect(document.servers).toBeUndefined();
  });

  it("says where paths begin", async () => {
    const { json } = await answersOf("https://example.org/hooks");

    expect((json.body as OpenApiDocument).servers).toEqual([{ url: "https://example.org/hooks" }]);
  });
});

describe("the page about a listener", () => {
  it("shows each route with its parameters, body and answers", async () => {
    const { page } = await answersOf();

    const html = htmlOf(page);
    expect(html).toContain("<code>PUT /v1/{thing}/parts</code>");
    expect(html).toContain("<td>Which | one.</td>");
    expect(html).toContain("<td>integer, 1 to 9</td>\n<td><code>2</code></td>");
    expect(html).toContain("<td><code>length</code></td>\n<td>number</td>\n<td>required</td>");
    expect(html).toContain("<td><code>[].id</code></td>");
    expect(html).toContain("Of &lt;b&gt;wood&lt;/b&gt; | or not.");
  });

  it("shows a request as it is sent, and bodies", async () => {
    const { page } = await answersOf();

    expect(htmlOf(page)).toContain(
      [
        "PUT /v1/a%3Atable/parts?userId=%40alice%3Aexample.org",
        "Authorization: Bearer &lt;token&gt;",
        "Content-Type: application/json",
        "",
        "{",
        "  &quot;length&quot;: 45",
        "}",
      ].join("\n"),
    );
  });

  it("has an anchor for each of its links, and links to nothing else but the document", async () => {
    const { page } = await answersOf("/hooks");
    const html = htmlOf(page);

    const links = [...html.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, target]) => String(target));
    const anchors = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => `#${String(id)}`);

    expect(links.filter((link) => !anchors.includes(link))).toEqual(["/hooks/openapi.json"]);
    expect(links).toContain("#put-v1thingparts");
    expect(html).not.toMatch(/https?:/);
  });

  it("lets a browser load nothing but its own style", async () => {
    const { page } = await answersOf();

    const style = /<style>([^]*?)<\/style>/.exec(htmlOf(page))?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page.headers?.["content-security-policy"]).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(page.headers?.["content-type"]).toBe("text/html; charset=utf-8");
    expect(htmlOf(page)).not.toContain("<script");
  });

  it("links as GitHub's pages do", () => {
    expect(slugOf("GET /v1/{roomId}/connections")).toBe("get-v1roomidconnections");
    expect(createOpenApi({ routes: things, tags, version: "1" }).paths).toHaveProperty("/v1/{thing}/parts");
  });
});
