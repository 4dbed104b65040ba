import type { IncomingMessage, RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { startConnectProxy, type ConnectProxy } from "../../test/support/connect-proxy.js";
import { LoopbackServers } from "../../test/support/loopback-server.js";
import { RemoteError } from "../core/errors.js";
import type { HttpRequest } from "../core/ports/http-client.js";
import { createGuardedClient, type GuardedClient } from "./guarded-client.js";
import type { Lookup, TargetAddress } from "./target-judge.js";

const servers = new LoopbackServers();
const clients: GuardedClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await servers.closeAll();
});

type Options = Partial<Parameters<typeof createGuardedClient>[0]>;

function createClient(options: Options = {}): GuardedClient {
  const client = createGuardedClient({ userAgent: "switchboard", allow: [], lookup: noLookup, ...options });
  clients.push(client);
  return client;
}

const noLookup: Lookup = (hostname) => Promise.reject(new Error(`nobody knows ${hostname}`));
const loopback = { allow: ["127.0.0.0/8"] };

/** A name server that gives each name's answers one after the other, the last one for ever. */
function nameServer(names: Readonly<Record<string, readonly (readonly string[])[]>>): { lookup: Lookup; asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = async (hostname) => {
    const answers = names[hostname] ?? [];
    const answer = answers[Math.min(asked.filter((name) => name === hostname).length, answers.length - 1)] ?? [];
    asked.push(hostname);
    return answer.map((address): TargetAddress => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  return { lookup, asked };
}

async function failureOf(client: GuardedClient, request: string | HttpRequest): Promise<RemoteError> {
  const wanted = typeof request === "string" ? ({ method: "GET", url: request } as const) : request;
  const error = await client.request(wanted).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RemoteError);
  return error as RemoteError;
}

function portOf(origin: string): string {
  return new URL(origin).port;
}

const hello: RequestListener = (_request, response) => response.end("hello");

describe("addresses that are not on the public internet", () => {
  it.each([
    ...["http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/"],
    ...["http://0/", "http://0.0.0.0/", "http://127.0.0.1./", "http://①②⑦.0.0.1/", "http://[::1]/", "http://[::]/"],
    ...["http://[::ffff:7f00:1]/", "http://[::ffff:127.0.0.1]/", "http://[::127.0.0.1]/", "http://[0:0:0:0:0:0:7f00:1]/"],
    ...["http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::1]/", "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/"],
    ...["http://10.1.2.3/", "http://172.16.0.1/", "http://192.168.0.1/", "http://100.64.0.1/", "http://169.254.169.254/"],
    ...["http://192.0.0.1/", "http://192.88.99.1/", "http://198.18.0.1/", "http://192.0.2.1/", "http://198.51.100.1/"],
    ...["http://203.0.113.1/", "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/", "https://[fe80::1]/"],
    ...[
      "https://[fc00::1]/",
      "https://[fd00::1]/",
      "https://[2001:db8::1]/",
      "https://[ff02::1]/",
      "https://[fec0::1]/",
      "https://[4000::1]/",
    ],
  ])("are refused as they are typed, and when they are asked: %s", async (url) => {
    const client = createClient();

    const error = await failureOf(client, url);

    expect(error.message).toContain("outbound.allow");
    expect([error.isTransient, error.outcomeUnknown]).toEqual([false, false]);
    expect(() => {
      client.check(url);
    }).toThrow(error.message);
  });

  it.each(["http://93.184.216.34/", "https://[2606:4700::1]/", "https://example.org/", "http://[::ffff:93.184.216.34]/"])(
    "do not include %s",
    (url) => {
      expect(() => {
        createClient().check(url);
      }).not.toThrow();
    },
  );

  it("are refused behind a name too, which is all that the sentence shows", async () => {
    const { lookup } = nameServer({ "inner.example.org": [["10.9.8.7", "fd00::9"]] });

    const error = await failureOf(createClient({ lookup }), "https://inner.example.org/path/secret?token=hush");

    expect(error.message).toMatch(/^inner\.example\.org is not on the public internet, .*`outbound\.allow`/);
    expect(error.message).not.toMatch(/10\.9|fd00|secret|hush/);
    expect(error.isTransient).toBe(false);
  });

  it("are refused by the system's own answer too", async () => {
    const client = createGuardedClient({ userAgent: "switchboard", allow: [] });
    clients.push(client);

    expect((await failureOf(client, "http://localhost:1/")).message).toMatch(/^localhost is not on the public internet/);
  });

  it.each([
    { entry: "127.0.0.0/8" },
    { entry: "127.0.0.1" },
    { entry: "::ffff:127.0.0.1" },
    { entry: "inner.example.org" },
    { entry: "Inner.Example.org." },
  ])("are asked where the configuration allows $entry", async ({ entry }) => {
    const origin = await servers.serve(hello);
    const { lookup } = nameServer({ "inner.example.org": [["127.0.0.1"]] });

    const answer = await createClient({ lookup, allow: [entry] }).request({
      method: "GET",
      url: `http://inner.example.org:${portOf(origin)}/`,
    });

    expect(answer.body).toBe("hello");
  });

  it.each(["127.0.0.0/30", "2130706433", "0:0:0:0:0:ffff::/96", "::/0", "other.example.org", "example.org"])(
    "are refused where %s is allowed, which is something else",
    async (entry) => {
      const { lookup } = nameServer({ "inner.example.org": [["127.0.0.9"]] });

      expect((await failureOf(createClient({ lookup, allow: [entry] }), "http://inner.example.org/")).message).toContain("outbound.allow");
    },
  );
});

describe("an address that somebody typed", () => {
  it.each([
    { url: "ftp://example.org/x", says: "http://" },
    { url: "file:///etc/passwd", says: "http://" },
    { url: "javascript:alert(1)", says: "http://" },
    { url: "https://ada:hush@example.org/", says: "The address at example.org has a user name or password" },
    { url: "https://ada@example.org/", says: "user name" },
    { url: "not an address", says: "no address" },
    { url: "", says: "no address" },
  ])("is refused when it is $url", async ({ url, says }) => {
    const error = await failureOf(createClient(), url);

    expect(error.message).toContain(says);
    expect(error.message).not.toMatch(/hush|ada|passwd/);
    expect(error.isTransient).toBe(false);
  });

  it("is resolved once, and only what was judged is connected to", async () => {
    const origin = await servers.serve(hello);
    // The second answer would be let through if anybody asked for it, and the first one if nobody judged it.
    const { lookup, asked } = nameServer({ "rebinding.example.org": [["192.168.1.1"], ["127.0.0.1"]] });

    const error = await failureOf(createClient({ lookup, ...loopback }), `http://rebinding.example.org:${portOf(origin)}/`);

    expect(error.message).toContain("outbound.allow");
    expect(asked).toEqual(["rebinding.example.org"]);
  });

  it("is connected to by the answer that was judged, however often the name changes its mind", async () => {
    const origin = await servers.serve(hello);
    const { lookup, asked } = nameServer({ "rebinding.example.org": [["127.0.0.1"], ["192.168.1.1"]] });

    const answer = await createClient({ lookup, ...loopback }).request({
      method: "GET",
      url: `http://rebinding.example.org:${portOf(origin)}/`,
    });

    expect([answer.body, asked]).toEqual(["hello", ["rebinding.example.org"]]);
  });

  it("is asked at its public addresses alone when it has others too", async () => {
    const origin = await servers.serve(hello);
    const { lookup } = nameServer({ "both.example.org": [["10.0.0.1", "127.0.0.1", "fe80::1"]] });

    const answer = await createClient({ lookup, ...loopback }).request({
      method: "GET",
      url: `http://both.example.org:${portOf(origin)}/`,
    });

    expect(answer.body).toBe("hello");
  });

  it("gets the name that was typed, and who asks", async () => {
    let seen: IncomingMessage["headers"] = {};
    const origin = await servers.serve((request, response) => {
      seen = request.headers;
      response.end();
    });
    const { lookup } = nameServer({ "hooks.example.org": [["127.0.0.1"]] });

    await createClient({ lookup, ...loopback }).request({ method: "GET", url: `http://hooks.example.org:${portOf(origin)}/` });

    expect(seen).toMatchObject({ host: `hooks.example.org:${portOf(origin)}`, "user-agent": "switchboard" });
  });

  it("may be tried again when its name is not known just now", async () => {
    const unknown = Object.assign(new Error("getaddrinfo ENOTFOUND gone.example.org"), { code: "ENOTFOUND" });

    const error = await failureOf(createClient({ lookup: () => Promise.reject(unknown) }), {
      method: "POST",
      url: "http://gone.example.org/hook/secret?token=hush",
    });

    expect([error.isTransient, error.outcomeUnknown]).toEqual([true, false]);
    expect(error.message).toBe("gone.example.org could not be reached (getaddrinfo ENOTFOUND gone.example.org)");
  });

  it("is told without the address behind the name", async () => {
    const origin = await servers.serve(hello);
    await servers.closeAll();
    const { lookup } = nameServer({ "shut.example.org": [["127.0.0.1"]] });

    const error = await failureOf(createClient({ ...loopback, lookup }), `http://shut.example.org:${portOf(origin)}/`);

    expect(error.message).toBe(`shut.example.org:${portOf(origin)} could not be reached (connect ECONNREFUSED)`);
  });
});

describe("redirects", () => {
  const redirectTo =
    (location: string, status = 302): RequestListener =>
    (_request, response) =>
      response.writeHead(status, { location }).end();

  it.each([301, 302, 303, 307, 308])("of GET are followed: %i", async (status) => {
    const target = await servers.serve(hello);
    const origin = await servers.serve(redirectTo(`${target}/there`, status));

    expect((await createClient(loopback).request({ method: "GET", url: origin })).body).toBe("hello");
  });

  it.each(["http://127.0.0.2/", "http://[::1]/", "http://2130706434/", "//127.0.0.2/", "http://metadata.example.org/"])(
    "are judged like what was typed: %s",
    async (location) => {
      const origin = await servers.serve(redirectTo(location));
      const { lookup } = nameServer({ "metadata.example.org": [["169.254.169.254"]] });

      const error = await failureOf(createClient({ lookup, allow: ["127.0.0.1"] }), origin);

      expect(error.message).toContain("outbound.allow");
      expect(error.isTransient).toBe(false);
    },
  );

  it.each([
    { location: "file:///etc/passwd", says: "http://" },
    { location: "http://ada:hush@127.0.0.1/", says: "user name" },
    { location: "http://[", says: "no address" },
  ])("to $location are refused", async ({ location, says }) => {
    const origin = await servers.serve(redirectTo(location));

    const error = await failureOf(createClient(loopback), origin);

    expect(error.message).toContain(says);
    expect(error.message).not.toContain("hush");
  });

  it("are followed five times and no more", async () => {
    const origin = await servers.serve(({ url = "" }, response) => {
      const left = Number(url.slice(1));
      if (left === 0) response.end("there");
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const client = createClient(loopback);

    const five = await client.request({ method: "GET", url: `${origin}/5` });
    const six = await failureOf(client, `${origin}/6`);

    expect(five.body).toBe("there");
    expect([six.message, six.isTransient]).toEqual([`${new URL(origin).host} redirects more than 5 times`, false]);
  });

  it("of another method never become a GET: what would lose the body is a failure", async () => {
    const target = await servers.serve(hello);

    for (const status of [301, 302, 303]) {
      const origin = await servers.serve(redirectTo(`${target}/secret`, status));
      const error = await failureOf(createClient(loopback), { method: "POST", url: `${origin}/hush`, body: "x" });

      expect(error.message).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+ answered POST with the redirect ${status}, which would lose`));
      expect([error.status, error.isTransient]).toEqual([status, false]);
      expect(error.message).not.toMatch(/hush|secret/);
    }
  });

  it.each([307, 308])("that repeat the method carry the body on: %i", async (status) => {
    const target = await servers.serve((request, response) => {
      response.writeHead(200, { "x-method": request.method });
      request.pipe(response);
    });
    const origin = await servers.serve(redirectTo(target, status));

    const answer = await createClient(loopback).request({ method: "PUT", url: origin, body: Buffer.from("whole") });

    expect([answer.headers["x-method"], answer.body]).toEqual(["PUT", "whole"]);
  });

  const secrets = {
    authorization: "Bearer hush",
    cookie: "hush",
    "X-Matrix-Hookshot-Token": "hush",
    "private-token": "hush",
    "x-api-key": "hush",
  };

  it("take no credential to another origin, another port included, and give none back afterwards", async () => {
    const seen: Record<string, IncomingMessage["headers"]> = {};
    const origins: string[] = [];
    const note =
      (name: string, next: () => string | undefined): RequestListener =>
      ({ headers, url = "" }, response) => {
        seen[name + url] = headers;
        const location = next();
        if (location === undefined || url === "/back") response.end();
        else response.writeHead(302, { location }).end();
      };
    origins.push(await servers.serve(note("first", () => origins[1])));
    origins.push(await servers.serve(note("second", () => `${origins[0] ?? ""}/back`)));

    const headers = { ...secrets, accept: "text/plain" };
    await createClient(loopback).request({ method: "GET", url: origins[0] ?? "", headers });

    expect(Object.keys(seen)).toEqual(["first/", "second/", "first/back"]);
    expect(seen["first/"]).toMatchObject({ authorization: "Bearer hush", "x-matrix-hookshot-token": "hush" });
    expect(JSON.stringify([seen["second/"], seen["first/back"]])).not.toContain("hush");
    expect(seen["second/"]).toMatchObject({ accept: "text/plain", "user-agent": "switchboard" });
  });

  it("within the origin keep them", async () => {
    const origin = await servers.serve((request, response) => {
      if (request.url === "/") response.writeHead(302, { location: "/next" }).end();
      else response.end(JSON.stringify(request.headers));
    });

    const answer = await createClient(loopback).request({ method: "GET", url: origin, headers: secrets });

    expect(answer.body.match(/hush/g)).toHaveLength(5);
  });
});

describe("limits", () => {
  it.each([
    { how: "all at once", headers: { "content-length": "1001" } },
    { how: "in chunks", headers: {} },
  ])("end an answer that is too long, sent $how", async ({ headers }) => {
    const origin = await servers.serve((_request, response) => response.writeHead(200, headers).end("x".repeat(1_001)));

    const error = await failureOf(createClient({ ...loopback, maxBytes: 1_000 }), `${origin}/hush`);

    expect(error.message).toBe(`${new URL(origin).host} answered with more than 1000 bytes`);
  });

  it("end an answer that never ends", async () => {
    const origin = await servers.serve((_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
        if (!response.destroyed) response.once("drain", pour);
      };
      response.on("error", () => undefined);
      pour();
    });

    expect((await failureOf(createClient({ ...loopback, maxBytes: 100_000 }), origin)).message).toContain("more than 100000 bytes");
  });

  it.each([
    { what: "headers", listener: (): undefined => undefined },
    {
      what: "body",
      listener: ((_request, response) => {
        response.writeHead(200).write("a little");
      }) satisfies RequestListener,
    },
    {
      what: "next redirect",
      listener: ((request, response) => {
        if (request.url === "/") response.writeHead(302, { location: "/next" }).end();
      }) satisfies RequestListener,
    },
  ])("end a request whose $what does not come", async ({ listener }) => {
    const origin = await servers.serve(listener);

    const error = await failureOf(createClient(loopback), { method: "GET", url: origin, timeoutMs: 60 });

    expect(error.message).toBe(`${new URL(origin).host} did not answer within 0.06 seconds`);
    expect(error.isTransient).toBe(true);
  });
});

describe("through a proxy", () => {
  const startProxy = (status?: number): Promise<ConnectProxy> => startConnectProxy(servers, status);

  it("the name is resolved and judged here, and the proxy is asked for the address", async () => {
    const origin = await servers.serve((request, response) => response.end(request.headers.host));
    const proxy = await startProxy();
    const { lookup, asked } = nameServer({ "public.example.org": [["93.184.216.34"]] });

    const answer = await createClient({ lookup, proxy: proxy.url }).request({
      method: "GET",
      url: `http://public.example.org:${portOf(origin)}/`,
    });

    expect(answer.body).toBe(`public.example.org:${portOf(origin)}`);
    expect(proxy.tunnels).toEqual([`93.184.216.34:${portOf(origin)}`]);
    expect(proxy.credentials).toEqual([undefined]);
    expect(asked).toEqual(["public.example.org"]);
  });

  it.each(["http://10.0.0.1/", "http://inner.example.org/"])("it is never asked for a private target: %s", async (url) => {
    const proxy = await startProxy();
    const { lookup } = nameServer({ "inner.example.org": [["10.0.0.1"]] });

    expect((await failureOf(createClient({ lookup, proxy: proxy.url }), url)).message).toContain("outbound.allow");
    expect(proxy.tunnels).toEqual([]);
  });

  it("TLS asks for the target's own name, and IPv6 stands in brackets", async () => {
    let servername = "";
    const secure = createTlsServer({
      SNICallback(name, done) {
        servername = name;
        done(new Error("no certificate in this test"));
      },
    });
    secure.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
    const { port } = secure.address() as { port: number };
    const proxy = await startProxy();
    const { lookup } = nameServer({ "secure.example.org": [["2606:4700::1"]] });

    await failureOf(createClient({ lookup, proxy: proxy.url }), `https://secure.example.org:${port}/`);
    await new Promise((resolve) => secure.close(resolve));

    expect([servername, proxy.tunnels]).toEqual(["secure.example.org", [`[2606:4700::1]:${port}`]]);
  });

  it("its own credentials go to it, and into no error", async () => {
    const proxy = await startProxy(407);
    const { lookup } = nameServer({ "public.example.org": [["93.184.216.34"]] });
    const url = proxy.url.replace("//", "//us%40er:hu%3Ash@");

    const error = await failureOf(createClient({ lookup, proxy: url }), { method: "POST", url: "https://public.example.org/hook" });

    expect(proxy.credentials).toEqual([`Basic ${Buffer.from("us@er:hu:sh").toString("base64")}`]);
    expect(error.message).toBe("The outbound proxy refused a connection (407)");
    expect([error.isTransient, error.outcomeUnknown]).toEqual([true, false]);
  });

  it("further addresses are tried when the first cannot be reached", async () => {
    const proxy = await startProxy(502);
    const { lookup } = nameServer({ "public.example.org": [["2606:4700::1", "10.0.0.1", "93.184.216.34"]] });

    await failureOf(createClient({ lookup, proxy: proxy.url }), "https://public.example.org/");

    expect(proxy.tunnels).toEqual(["[2606:4700::1]:443", "93.184.216.34:443"]);
  });

  it("one that is away is said to be", async () => {
    const error = await failureOf(createClient({ proxy: "http://ada:hush@127.0.0.1:1" }), "http://93.184.216.34/");

    expect(error.message).toBe("The outbound proxy could not be reached");
    expect(error.isTransient).toBe(true);
  });
});

it("requests under way are cut when the client is closed", async () => {
  let arrive = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const origin = await servers.serve(() => {
    arrive();
  });
  const client = createClient(loopback);
  const failure = client.request({ method: "POST", url: origin }).catch((reason: unknown) => reason);
  await arrived;

  await client.close();

  expect(await failure).toMatchObject({ message: expect.stringContaining("Switchboard is stopping"), outcomeUnknown: true });
});
