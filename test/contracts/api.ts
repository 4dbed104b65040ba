import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Route } from "../../src/http/route.js";
import { compileSchema } from "../../src/shared/validate.js";
import { ask, askRaw, type Asked } from "../support/ask.js";

/** A request that the API answers below 400. */
export interface Sample {
  readonly method: Exclude<Route["method"], "ALL">;
  /** With real values in place of parameters. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Statuses that the contract documents for a body that is no JSON; absent: 400. */
  readonly badJsonStatuses?: readonly number[];
  /** The same request without, or with wrong, credentials; absent: the route is for everybody. */
  readonly stranger?: Stranger;
  /** More of them. */
  readonly strangers?: readonly Stranger[];
}

interface Stranger {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RunningApi {
  readonly port: number;
  readonly routes: readonly Route[];
  stop(): Promise<void>;
}

export interface ApiContract {
  /** Serves the API on loopback, everything behind it present. */
  start(): Promise<RunningApi>;
  /** One for each row of the route table. */
  readonly samples: readonly Sample[];
  /** Its clients and it are of one version: what it does not know is refused. */
  readonly refusesUnknown?: true;
  /** Whether a refusal has the shape that the API's clients expect. */
  readonly isRefusal: (body: unknown) => boolean;
}

/** Hookshot's shape (reference 5.1), which is Matrix's too. */
export function isMatrixRefusal(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  return "errcode" in body && typeof body.errcode === "string" && "error" in body && typeof body.error === "string";
}

/** What every route of every API does alike. */
export function describeApiContract(name: string, contract: ApiContract): void {
  describe(`the API contract: ${name}`, () => {
    let api: RunningApi;

    beforeEach(async () => {
      api = await contract.start();
    });

    afterEach(() => api.stop());

    function expectRefusal(answer: Asked, statuses: readonly number[]): void {
      expect(statuses).toContain(answer.status);
      expect(contract.isRefusal(answer.json())).toBe(true);
    }

    /** Status and body are those that the documents tell. */
    function expectDocumented(sample: Sample, { status, text }: Asked): void {
      const doc = api.routes.find((route) => serves(route, sample))?.doc;
      if (doc === undefined) return;
      expect(Object.keys(doc.answers)).toContain(String(status));
      const schema = doc.answers[status]?.schema;
      if (schema !== undefined) expect(compileSchema(schema, { strictTypes: false })(JSON.parse(text))).toMatchObject({ ok: true });
    }

    it("has a sample for each of its routes", () => {
      const sampled = api.routes.filter((route) => contract.samples.some((sample) => serves(route, sample)));

      expect(sampled).toEqual(api.routes);
      expect(contract.samples).toHaveLength(api.routes.length);
    });

    it("refuses a route that there is not", async () => {
      expectRefusal(await ask(api.port, "/no/such/route/at/all"), [404]);
    });

    describe.each(contract.samples)("$method $path", (sample) => {
      const { method, path, headers, body } = sample;
      const [pathOnly = "", query] = path.split("?", 2);
      const options = { method, ...(headers === undefined ? {} : { headers }), ...(body === undefined ? {} : { body }) };

      it("is served, with a trailing slash too", async () => {
        const plain = await ask(api.port, path, options);
        const withSlash = await ask(api.port, `${pathOnly.replace(/\/$/, "")}/${query === undefined ? "" : `?${query}`}`, options);

        expect(plain.status).toBeLessThan(400);
        expect(withSlash.status).toBe(plain.status);
        expect(plain.headers["x-powered-by"]).toBeUndefined();
        expectDocumented(sample, plain);
      });

      if (contract.refusesUnknown !== true) {
        it("ignores what it does not know", async () => {
          const plain = await ask(api.port, path, options);
          const more =
            body?.startsWith("{") === true ? { body: `{"org.example.unknown":{"a":[1]},${body.slice(1)}`.replace(",}", "}") } : {};

          const answer = await ask(api.port, `${path}${query === undefined ? "?" : "&"}unknown=1`, { ...options, ...more });

          expect(answer.status).toBe(plain.status);
        });
      }

      it("refuses other methods and names its own", async () => {
        const others = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter(
          (other) => !api.routes.some((route) => serves(route, { method: other, path })),
        );

        for (const other of others) {
          const answer = await ask(api.port, path, { method: other, ...(headers === undefined ? {} : { headers }) });
          expectRefusal(answer, [405]);
          expect(answer.headers.allow?.split(", ")).toContain(method);
        }
      });

      const strangers = [...(sample.stranger === undefined ? [] : [sample.stranger]), ...(sample.strangers ?? [])];
      if (strangers.length > 0) {
        it.each(strangers)("refuses strangers: %j", async (stranger) => {
          const answer = await ask(api.port, stranger.path ?? path, { ...options, headers: stranger.headers ?? {} });

          expectRefusal(answer, [401, 403]);
          expectDocumented(sample, answer);
        });
      }

      it("refuses a body that is announced larger than its limit", async () => {
        const limit = api.routes.find((route) => serves(route, sample))?.maxBodyBytes;
        if (limit === undefined) return;
        const lines = Object.entries(headers ?? {}).map(([key, value]) => `${key}: ${value}\r\n`);

        const text = await askRaw(
          api.port,
          `${method} ${path} HTTP/1.1\r\nhost: x\r\n${lines.join("")}content-length: ${limit + 1}\r\n\r\n`,
          "}",
        );

        expect(text).toMatch(/^HTTP\/1\.1 413 /);
        expect(contract.isRefusal(JSON.parse(text.slice(text.indexOf("{"))))).toBe(true);
      });

      if (body === undefined) return;

      it("survives bodies of the wrong shape", async () => {
        for (const wrong of ["", "{", "null", "[]", "7", '"text"', "{}", '{"__proto__":{"x":1}}', "\u0000\u00ff"]) {
          const answer = await ask(api.port, path, { ...options, body: wrong });
          expect(answer.status).toBeLessThan(500);
          if (answer.status >= 400) expect(contract.isRefusal(answer.json())).toBe(true);
          expectDocumented(sample, answer);
        }
        expect((await ask(api.port, path, { ...options, body: "{" })).status).toSatisfy((status: number) =>
          (sample.badJsonStatuses ?? [400]).includes(status),
        );
        expect((await ask(api.port, path, options)).status).toBeLessThan(400);
      });
    });
  });
}

/** Whether the row is the one that answers the sample. */
function serves(route: Pick<Route, "method" | "path">, { method, path }: { readonly method: string; readonly path: string }): boolean {
  const pattern = route.path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+");
  return (route.method === method || route.method === "ALL") && new RegExp(`^${pattern}$`).test(path.split("?", 1).join(""));
}
