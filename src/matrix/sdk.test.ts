import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asToken } from "../../test/support/fake-homeserver-matrix.js";
import { systemClock } from "../shared/clock.js";
import { Secret } from "../shared/secret.js";
import { createRequestFunction } from "./sdk.js";
import { Transport } from "./transport.js";

/** A server that tells what it was asked; `/no` refuses. */
const server: Server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (request.url === "/silent") return;
    const { method, url, headers } = request;
    response.writeHead(url === "/no" ? 403 : 200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({
        errcode: url === "/no" ? "M_FORBIDDEN" : undefined,
        method,
        url,
        type: headers["content-type"],
        body: Buffer.concat(chunks).toString("hex"),
      }),
    );
  });
});
let transport: Transport;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP listener's address is an object.
  const homeserverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  transport = new Transport({ homeserverUrl, asToken: new Secret(asToken), clock: systemClock });
});

afterAll(async () => {
  await transport.close();
  server.close();
});

type RequestFunction = ReturnType<typeof createRequestFunction>;

function call(
  request: Partial<Parameters<RequestFunction>[0]> & { path?: string },
  elsewhere: RequestFunction = () => undefined,
): Promise<{ readonly given: unknown; readonly body?: unknown }> {
  const { path = "/x", ...more } = request;
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${asToken}`, ...more.headers };
    createRequestFunction(transport, elsewhere)(
      { uri: transport.base + path, method: "GET", ...more, headers },
      (error, response, body) => {
        if (error === null) resolve({ ...response, given: body });
        else reject(error instanceof Error ? error : new TypeError("The failure is no error."));
      },
    );
  });
}

async function echo(request: Parameters<typeof call>[0]): Promise<unknown> {
  const { body } = await call(request);
  return JSON.parse(body as string);
}

describe("the request function for matrix-bot-sdk", () => {
  it("passes the method, a text body and its type on", async () => {
    const seen = await echo({ method: "PUT", body: "{}", headers: { "Content-Type": "application/json" } });

    expect(seen).toMatchObject({ method: "PUT", type: "application/json", body: Buffer.from("{}").toString("hex") });
  });

  it("passes bytes on as they are", async () => {
    const seen = await echo({ method: "POST", body: Buffer.from([0, 255, 128]), headers: { "Content-Type": "image/png" } });

    expect(seen).toMatchObject({ type: "image/png", body: "00ff80" });
  });

  it("writes queries as the SDK wants them: lists repeated, nothing for null", async () => {
    const seen = await echo({ qs: { server_name: ["a:1", "b&c"], user_id: "@x:y", none: null, missing: undefined } });

    expect(seen).toMatchObject({ url: "/x?server_name=a%3A1&server_name=b%26c&user_id=%40x%3Ay" });
  });

  it("gives text, and bytes where the encoding is null", async () => {
    expect(await call({})).toMatchObject({ statusCode: 200, body: expect.any(String), given: expect.any(String) });
    expect(await call({ encoding: null })).toMatchObject({ body: expect.any(Buffer), given: expect.any(Buffer) });
  });

  it("gives a refusal as RemoteError", async () => {
    await expect(call({ path: "/no" })).rejects.toMatchObject({ status: 403, remoteCode: "M_FORBIDDEN", code: "HS_REMOTE_ERROR" });
  });

  it("keeps the caller's time-out", async () => {
    await expect(call({ path: "/silent", timeout: 50 })).rejects.toMatchObject({ outcomeUnknown: true });
  });

  it.each([
    { name: "another homeserver", request: { uri: "http://other.test/x" } },
    { name: "another token", request: { headers: { Authorization: "Bearer other" } } },
  ])("hands requests for $name to the function that was set before", async ({ request }) => {
    const elsewhere: RequestFunction = (_request, callback) => callback(null, { statusCode: 204, headers: {}, body: "elsewhere" });

    expect(await call(request, elsewhere)).toMatchObject({ statusCode: 204, body: "elsewhere" });
  });

  it("says that we are stopping once the connections are closed, unless another function takes the request", async () => {
    const closed = new Transport({ homeserverUrl: transport.base, asToken: new Secret(asToken), clock: systemClock });
    await closed.close();
    // Gives the response, or what the SDK gets as an error.
    const send = (elsewhere: RequestFunction): Promise<unknown> =>
      new Promise((resolve) => {
        const headers = { Authorization: `Bearer ${asToken}` };
        createRequestFunction(closed, elsewhere)({ uri: `${closed.base}/x`, method: "GET", headers }, (error, response) =>
          resolve(error ?? response),
        );
      });
    const another: RequestFunction = (_request, callback) => callback(null, { statusCode: 204, headers: {}, body: "" });
    const none: RequestFunction = () => {
      throw new Error("There is no other one.");
    };

    expect(await send(another)).toMatchObject({ statusCode: 204 });
    expect(await send(none)).toMatchObject({ code: "HS_REMOTE_ERROR", isTransient: true, outcomeUnknown: false });
  });
});
