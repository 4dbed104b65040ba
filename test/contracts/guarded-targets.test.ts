import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { RemoteError } from "../../src/core/errors.js";
import type { HttpRequest } from "../../src/core/ports/http-client.js";
import { createGuardedClient, type GuardedClient } from "../../src/outbound/guarded-client.js";
import { startConnectProxy } from "../support/connect-proxy.js";
import { LoopbackServers } from "../support/loopback-server.js";
import { nameServer, privateHosts, privateNames, setTrap, trickyAddresses, watchConnections, type Trap } from "../support/target-trap.js";

// What is sent to addresses that somebody typed reaches nothing it must not: no connection is even begun. What the interfaces on top of the
// client make of such addresses is in guarded-apis.test.ts.

const servers = new LoopbackServers();
const clients: GuardedClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await servers.closeAll();
});

function createClient(options: Partial<Parameters<typeof createGuardedClient>[0]> = {}): GuardedClient {
  const client = createGuardedClient({ userAgent: "test", allow: [], lookup: nameServer(privateNames), ...options });
  clients.push(client);
  return client;
}

/** All that a registered remote may ask for besides an address. */
const ways: readonly Omit<HttpRequest, "url">[] = [
  { method: "GET" },
  { method: "POST", body: "x" },
  { method: "GET", acceptsAnyCertificate: true },
  { method: "GET", skipsProxy: true },
  { method: "GET", staysAtOrigin: true },
];

async function failureOf(client: GuardedClient, request: HttpRequest): Promise<RemoteError> {
  const error = await client.request(request).then(
    ({ body }) => body,
    (reason: unknown) => reason,
  );
  expect(error, request.url).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

/** Asks in every way, with a proxy and without. @returns what was answered */
async function askEverywhere(url: string): Promise<readonly RemoteError[]> {
  const proxy = await startConnectProxy(servers);
  const failures: RemoteError[] = [];
  for (const client of [createClient(), createClient({ proxy: proxy.url })]) {
    for (const way of ways) failures.push(await failureOf(client, { ...way, url }));
  }
  expect(proxy.tunnels).toEqual([]);
  return failures;
}

function at(text: string, { port }: Trap): string {
  return text.replaceAll("{port}", String(port));
}

describe("a target that is not on the public internet", () => {
  it.each([...privateHosts, ...Object.keys(privateNames), "LOOPBACK.test.", "LocalHost"])(
    "is connected to in no way, by http or https: %s",
    async (host) => {
      const trap = await setTrap();
      const attempts = watchConnections();

      for (const scheme of ["http", "https"]) {
        const failures = await askEverywhere(`${scheme}://${host}:${trap.port}/path`);
        for (const failure of failures)
          expect([failure.isTransient, failure.message]).toEqual([false, expect.stringContaining("outbound.allow")]);
      }

      expect([attempts, trap.visits()]).toEqual([[], 0]);
    },
  );

  it.each(trickyAddresses)("is not reached by a trick: %j", async (address) => {
    const trap = await setTrap();
    const attempts = watchConnections();

    await askEverywhere(at(address, trap));

    expect([attempts, trap.visits()]).toEqual([[], 0]);
  });

  it("would be seen by these tests: the one that is allowed is reached, and no other", async () => {
    const trap = await setTrap();
    const attempts = watchConnections();
    const allowing = createClient({ allow: ["127.0.0.1", "inner.test"] });

    const answer = await allowing.request({ method: "GET", url: `http://loopback.test:${trap.port}/` });
    await failureOf(allowing, { method: "GET", url: `http://127.0.0.2:${trap.port}/` });

    expect(answer.body).toBe("caught");
    expect([attempts, trap.visits()]).toEqual([[`127.0.0.1:${trap.port}`], 1]);
  });

  it.each([
    {
      allow: "127.0.0.0/8",
      hosts: ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "loopback.test", "mapped.test", "127.8.8.8"],
    },
    { allow: "127.0.0.1", hosts: ["127.0.0.1", "127.1", "[::ffff:7f00:1]", "loopback.test"] },
    { allow: "::1", hosts: ["[::1]", "[0:0:0:0:0:0:0:1]", "loopback6.test"] },
    { allow: "loopback.test", hosts: ["loopback.test", "LOOPBACK.TEST."] },
    { allow: "localhost", hosts: ["localhost"] },
  ])("is reached where $allow is allowed, in each of its forms", async ({ allow, hosts }) => {
    const trap = await setTrap();
    const client = createClient({ allow: [allow] });

    for (const host of hosts) {
      const answer = await client.request({ method: "GET", url: `http://${host}:${trap.port}/` });
      expect(answer.body, host).toBe("caught");
    }
  });

  it.each([
    { allow: "127.0.0.1", hosts: ["127.0.0.2", "[::1]", "loopback6.test", "0.0.0.0", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"] },
    { allow: "::1", hosts: ["127.0.0.1", "[::]", "[::127.0.0.1]", "loopback.test"] },
    { allow: "loopback.test", hosts: ["127.0.0.1", "mapped.test", "inner.localhost", "loopback.test.example.org"] },
    { allow: "10.0.0.0/8", hosts: ["127.0.0.1", "loopback.test", "metadata.test"] },
    { allow: "0.0.0.0/8", hosts: ["127.0.0.1"] },
  ])("is not reached where only $allow is allowed", async ({ allow, hosts }) => {
    const trap = await setTrap();
    const attempts = watchConnections();
    const client = createClient({ allow: [allow] });

    for (const host of hosts) await failureOf(client, { method: "GET", url: `http://${host}:${trap.port}/` });

    expect([attempts, trap.visits()]).toEqual([[], 0]);
  });
});

describe("a name that changes its mind", () => {
  const closing: RequestListener = (_request, response) => response.writeHead(200, { connection: "close" }).end("own");

  it("between judging and connecting leads nowhere else: what was judged is connected to", async () => {
    const trap = await setTrap();
    const attempts = watchConnections();
    // The second answer would be caught.
    const lookup = nameServer({ "rebinding.test": [["127.0.0.2"], ["127.0.0.1"]] });

    const answer = await createClient({ lookup, allow: ["127.0.0.2"] }).request({
      method: "GET",
      url: `http://rebinding.test:${trap.port}/`,
    });

    expect([answer.status, attempts]).toEqual([200, [`127.0.0.2:${trap.port}`]]);
  });

  it("between two requests is judged again", async () => {
    const trap = await setTrap();
    const origin = await servers.serve(closing);
    const attempts = watchConnections();
    const { port } = new URL(origin);
    const lookup = nameServer({ "rebinding.test": [["127.0.0.1"], ["127.0.0.2"], ["169.254.169.254"], ["::1"]] });
    const client = createClient({ lookup, allow: ["127.0.0.1"] });

    expect((await client.request({ method: "GET", url: `http://rebinding.test:${port}/` })).body).toBe("own");
    for (let count = 0; count < 3; count += 1) {
      expect((await failureOf(client, { method: "GET", url: `http://rebinding.test:${port}/` })).message).toContain("outbound.allow");
    }

    expect([attempts, trap.visits()]).toEqual([[`127.0.0.1:${port}`], 0]);
  });

  it("is connected to at the addresses alone that may be asked, where it has others too", async () => {
    const trap = await setTrap();
    const attempts = watchConnections();
    const lookup = nameServer({ "mixed.test": [["127.0.0.1", "::1", "127.0.0.2", "10.0.0.1", "169.254.169.254"]] });

    await createClient({ lookup, allow: ["127.0.0.2"] }).request({ method: "GET", url: `http://mixed.test:${trap.port}/` });

    expect(attempts).toEqual([`127.0.0.2:${trap.port}`]);
  });

  it("is given to a proxy as the address that was judged, once for each tunnel", async () => {
    const trap = await setTrap();
    const proxy = await startConnectProxy(servers);
    const lookup = nameServer({ "rebinding.test": [["93.184.216.34"], ["127.0.0.1"]] });
    const client = createClient({ lookup, proxy: proxy.url });
    const origin = await servers.serve(closing);

    await client.request({ method: "GET", url: `http://rebinding.test:${new URL(origin).port}/` });
    await failureOf(client, { method: "GET", url: `http://rebinding.test:${new URL(origin).port}/` });

    expect([proxy.tunnels, trap.visits()]).toEqual([[`93.184.216.34:${new URL(origin).port}`], 0]);
  });
});

describe("a redirect", () => {
  const locations: readonly string[] = [
    ...["http://127.0.0.2:{port}/", "https://127.0.0.2:{port}/", "//127.0.0.2:{port}/", "\\\\127.0.0.2:{port}/", "/\\127.0.0.2:{port}/"],
    ...["http://2130706434:{port}/", "http://0x7f.2:{port}/", "http://0177.0.0.2:{port}/", "http://[::1]:{port}/", "http://[::]:{port}/"],
    ...["http://[::ffff:7f00:2]:{port}/", "http://[64:ff9b::7f00:2]:{port}/", "http://[2002:7f00:2::]:{port}/", "http://169.254.169.254/"],
    ...[
      "http://[fd00:ec2::254]/",
      "http://0.0.0.0:{port}/",
      "http://metadata.test/",
      "http://loopback6.test:{port}/",
      "http://inner.test/",
    ],
    ...["http://x@127.0.0.2:{port}/", "http://127.0.0.1@127.0.0.2:{port}/", "ftp://127.0.0.2:{port}/", "gopher://127.0.0.2:{port}/"],
    ...["file:///etc/passwd", "unix:/var/run/docker.sock", "data:text/plain,x", "javascript:1", "http://["],
  ];

  it.each(locations)("leads nowhere private, and to no other scheme: %s", async (location) => {
    const trap = await setTrap();
    const attempts = watchConnections();
    const statuses = [301, 302, 303, 307, 308];
    let next = 0;
    const origin = await servers.serve((_request, response) => {
      response.writeHead(statuses[next] ?? 302, { location: at(location, trap), connection: "close" }).end();
    });
    const client = createClient({ allow: ["127.0.0.1"] });

    for (next = 0; next < statuses.length; next += 1) {
      for (const method of ["GET", "POST"] as const) await failureOf(client, { method, url: origin });
    }

    expect(trap.visits()).toBe(0);
    expect(new Set(attempts)).toEqual(new Set([new URL(origin).host]));
  });

  it("leads nowhere private through several good ones", async () => {
    const trap = await setTrap();
    const attempts = watchConnections();
    const last = await servers.serve((_request, response) => response.writeHead(302, { location: `http://127.0.0.2:${trap.port}/` }).end());
    const first = await servers.serve((_request, response) => response.writeHead(302, { location: last }).end());

    const failure = await failureOf(createClient({ allow: ["127.0.0.1"] }), { method: "GET", url: first });

    expect(failure.message).toContain("outbound.allow");
    expect([attempts, trap.visits()]).toEqual([[new URL(first).host, new URL(last).host], 0]);
  });

  it("to another port of an allowed host is not followed by what stays at its origin", async () => {
    const trap = await setTrap();
    const origin = await servers.serve((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${trap.port}/` }).end(),
    );

    await failureOf(createClient({ allow: ["127.0.0.1"] }), { method: "GET", url: origin, staysAtOrigin: true });

    expect(trap.visits()).toBe(0);
  });

  it("is judged before a proxy is asked", async () => {
    const trap = await setTrap();
    const proxy = await startConnectProxy(servers);
    const origin = await servers.serve((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${trap.port}/` }).end(),
    );
    const { port } = new URL(origin);
    const lookup = nameServer({ "public.test": [["93.184.216.34"]] });

    const failure = await failureOf(createClient({ lookup, proxy: proxy.url }), { method: "GET", url: `http://public.test:${port}/` });

    expect(failure.message).toContain("outbound.allow");
    expect([proxy.tunnels, trap.visits()]).toEqual([[`93.184.216.34:${port}`], 0]);
  });
});
