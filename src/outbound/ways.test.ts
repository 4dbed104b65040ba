import { createServer as createSecureServer } from "node:https";
import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { startConnectProxy } from "../../test/support/connect-proxy.js";
import { LoopbackServers } from "../../test/support/loopback-server.js";
import { createSelfSigned } from "../../test/support/self-signed.js";
import { RemoteError } from "../core/errors.js";
import type { HttpRequest } from "../core/ports/http-client.js";
import { createGuardedClient, type GuardedClient } from "./guarded-client.js";

const servers = new LoopbackServers();
const clients: GuardedClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await servers.closeAll();
});

function createClient(options: Partial<Parameters<typeof createGuardedClient>[0]> = {}): GuardedClient {
  const client = createGuardedClient({ userAgent: "switchboard", allow: ["127.0.0.0/8"], ...options });
  clients.push(client);
  return client;
}

async function failureOf(client: GuardedClient, request: HttpRequest): Promise<RemoteError> {
  const error = await client.request(request).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

async function serveSecurely(listener: RequestListener): Promise<string> {
  return `https://127.0.0.1:${await servers.listen(createSecureServer(createSelfSigned(), listener))}`;
}

const hello: RequestListener = (_request, response) => response.end("hello");

function redirectTo(location: string, status = 302): RequestListener {
  return (_request, response) => response.writeHead(status, { location }).end();
}

describe("a certificate that nobody vouches for", () => {
  it("is refused, and the sentence says what is wrong with it", async () => {
    const url = await serveSecurely(hello);

    const error = await failureOf(createClient(), { method: "POST", url: `${url}/hush`, body: "hush" });

    expect(error.message).toBe(`${new URL(url).host} has a certificate that is not good: it is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)`);
    expect([error.isTransient, error.outcomeUnknown]).toEqual([true, false]);
  });

  it("is taken for a request that takes any, and for no other, whatever connections are open", async () => {
    const url = await serveSecurely(hello);
    const client = createClient();

    const taken = await client.request({ method: "GET", url, acceptsAnyCertificate: true });
    const refused = await failureOf(client, { method: "GET", url });
    const takenAgain = await client.request({ method: "GET", url, acceptsAnyCertificate: true });

    expect([taken.body, takenAgain.body]).toEqual(["hello", "hello"]);
    expect(refused.message).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("is taken through the proxy as well", async () => {
    const url = await serveSecurely(hello);
    const proxy = await startConnectProxy(servers);
    const client = createClient({ proxy: proxy.url });

    const answer = await client.request({ method: "GET", url, acceptsAnyCertificate: true });
    const refused = await failureOf(client, { method: "GET", url });

    expect(answer.body).toBe("hello");
    expect(refused.message).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
    expect(proxy.tunnels).toEqual([new URL(url).host, new URL(url).host]);
  });

  it("is not taken at another origin that a redirect leads to", async () => {
    const other = await serveSecurely(hello);
    const url = await serveSecurely(redirectTo(other));

    const error = await failureOf(createClient(), { method: "GET", url, acceptsAnyCertificate: true });

    expect(error.message).toContain(`${new URL(other).host} has a certificate that is not good`);
  });

  it("does not let a private target through", async () => {
    const error = await failureOf(createClient({ allow: [] }), {
      ...{ method: "GET", url: await serveSecurely(hello) },
      acceptsAnyCertificate: true,
    });

    expect(error.message).toContain("outbound.allow");
  });
});

describe("a request that skips the proxy", () => {
  it("goes straight to its target, and others still go through the proxy", async () => {
    const url = await servers.serve(hello);
    const proxy = await startConnectProxy(servers);
    const client = createClient({ proxy: proxy.url });

    await client.request({ method: "GET", url, skipsProxy: true });
    expect(proxy.tunnels).toEqual([]);

    await client.request({ method: "GET", url });
    await client.request({ method: "GET", url, skipsProxy: true });
    expect(proxy.tunnels).toHaveLength(1);
  });

  it("reaches its target when the proxy is away", async () => {
    const url = await serveSecurely(hello);
    const client = createClient({ proxy: "http://127.0.0.1:1" });

    const answer = await client.request({ method: "GET", url, skipsProxy: true, acceptsAnyCertificate: true });

    expect(answer.body).toBe("hello");
  });

  it("is judged all the same", async () => {
    const proxy = await startConnectProxy(servers);
    const client = createClient({ proxy: proxy.url, allow: [] });

    expect((await failureOf(client, { method: "GET", url: "http://127.0.0.1:1/", skipsProxy: true })).message).toContain("outbound.allow");
    expect(proxy.tunnels).toEqual([]);
  });
});

describe("a request that stays at its origin", () => {
  const headers = { authorization: "Bearer hush" };

  it.each([
    { method: "GET", status: 302 },
    { method: "GET", status: 301 },
    { method: "POST", status: 307 },
    { method: "POST", status: 302 },
  ] as const)("fails for good when $method is redirected to another port ($status), which is never asked", async ({ method, status }) => {
    let asked = 0;
    const other = await servers.serve((_request, response) => {
      asked += 1;
      response.end();
    });
    const url = await servers.serve(redirectTo(`${other}/hush`, status));

    const error = await failureOf(createClient(), { method, url, headers, staysAtOrigin: true });

    expect(error.message).toBe(
      `${new URL(url).host} redirects to another origin (${status}); that is not followed: the address has to be the final one`,
    );
    expect([error.status, error.isTransient, asked]).toEqual([status, false, 0]);
  });

  it.each(["http://10.0.0.1/", "http://169.254.169.254/latest/", "//localhost:1/", "file:///etc/passwd", "https://example.org/hush"])(
    "fails when it is redirected to %s, and does not repeat where to",
    async (location) => {
      const url = await servers.serve(redirectTo(location));

      const error = await failureOf(createClient(), { method: "GET", url, headers, staysAtOrigin: true });

      expect(error.message).toMatch(/^127\.0\.0\.1:\d+ redirects to another origin \(302\);/);
      expect(error.message).not.toMatch(/hush|10\.0|169\.254|localhost|passwd|example/);
    },
  );

  it("is told when it is only https that is asked for", async () => {
    const { host, hostname } = new URL(await servers.serve((request, response) => redirectTo(`https://${hostname}/`)(request, response)));

    const error = await failureOf(createClient(), { method: "GET", url: `http://${host}/`, headers, staysAtOrigin: true });

    expect(error.message).toBe(`${host} redirects to https (302); its address has to begin with https://`);
  });

  it("follows redirects within the origin, with its headers and the way it was asked for", async () => {
    const url = await serveSecurely((request, response) => {
      if (request.url === "/") response.writeHead(302, { location: "/next" }).end();
      else response.end(request.headers.authorization);
    });

    const answer = await createClient().request({ method: "GET", url, headers, staysAtOrigin: true, acceptsAnyCertificate: true });

    expect(answer.body).toBe("Bearer hush");
  });

  it("fails as others do for a redirect that is no address", async () => {
    const url = await servers.serve(redirectTo("http://["));

    const error = await failureOf(createClient(), { method: "GET", url, staysAtOrigin: true });

    expect(error.message).toContain("no address");
  });
});

it("closing ends the requests of every way, and lets no further ones begin", async () => {
  let waiting = 0;
  let arrived = (): void => undefined;
  const bothArrived = new Promise<void>((resolve) => (arrived = resolve));
  const hang: RequestListener = () => {
    waiting += 1;
    if (waiting === 2) arrived();
  };
  const client = createClient();
  const urls = [await servers.serve(hang), await serveSecurely(hang)];
  const failures = urls.map((url) => client.request({ method: "GET", url, acceptsAnyCertificate: true }).catch((error: unknown) => error));
  failures.push(client.request({ method: "GET", url: urls[0] ?? "" }).catch((error: unknown) => error));
  await bothArrived;

  await client.close();

  for (const failure of await Promise.all(failures)) {
    expect(failure).toMatchObject({ message: expect.stringContaining("Switchboard is stopping") });
  }
  expect((await failureOf(client, { method: "GET", url: urls[0] ?? "", skipsProxy: true })).message).toContain("Switchboard is stopping");
});
