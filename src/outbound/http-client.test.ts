import { afterEach, describe, expect, it } from "vitest";
import { LoopbackServers } from "../../test/support/loopback-server.js";
import { RemoteError } from "../core/errors.js";
import type { HttpRequest } from "../core/ports/http-client.js";
import { createHttpClient } from "./http-client.js";

const servers = new LoopbackServers();

afterEach(() => servers.closeAll());

async function failureOf(request: HttpRequest, maxBytes?: number): Promise<RemoteError> {
  const client = createHttpClient({ userAgent: "test", ...(maxBytes === undefined ? {} : { maxBytes }) });
  const error = await client.request(request).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

describe("requests to remote systems", () => {
  it("say who asks, and give any answer whatever its status", async () => {
    const url = await servers.serve((request, response) => {
      response.writeHead(404, { "x-agent": request.headers["user-agent"], "x-two": ["a", "b"] }).end("no such thing");
    });

    const answer = await createHttpClient({ userAgent: "switchboard" }).request({ method: "GET", url });

    expect(answer).toMatchObject({ status: 404, body: "no such thing" });
    expect(answer.headers).toMatchObject({ "x-agent": "switchboard", "x-two": "a, b" });
  });

  it("do not follow redirects, which could carry credentials elsewhere", async () => {
    const url = await servers.serve((_request, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end());

    expect((await createHttpClient({ userAgent: "test" }).request({ method: "GET", url })).status).toBe(302);
  });

  it("end after their time, naming the host and nothing of the query", async () => {
    const url = await servers.serve(() => undefined);

    const error = await failureOf({ method: "POST", url: `${url}/path?token=hush`, timeoutMs: 50 });

    expect(error.message).toBe(`${new URL(url).host} did not answer within 0.05 seconds`);
    expect(error.outcomeUnknown).toBe(true);
  });

  it("end when the answer is too long", async () => {
    const url = await servers.serve((_request, response) => response.end("x".repeat(2_000)));

    expect((await failureOf({ method: "GET", url }, 1_000)).message).toBe(`${new URL(url).host} answered with more than 1000 bytes`);
  });

  it("tell a refused connection, which changed nothing, from one that was cut", async () => {
    const cutting = await servers.serve((request) => request.socket.destroy());

    const refused = await failureOf({ method: "POST", url: "http://127.0.0.1:1/" });
    const cut = await failureOf({ method: "POST", url: cutting });

    expect(refused.outcomeUnknown).toBe(false);
    expect(cut.outcomeUnknown).toBe(true);
  });

  it("are cut when the client is closed: a remote that does not answer holds nothing up", async () => {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const url = await servers.serve(() => arrive());
    const client = createHttpClient({ userAgent: "test" });
    const failure = client.request({ method: "POST", url }).catch((reason: unknown) => reason);
    await arrived;

    await client.close();

    expect(await failure).toMatchObject({ message: expect.stringContaining("Switchboard is stopping"), outcomeUnknown: true });
  });
});
