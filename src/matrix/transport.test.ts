import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { asToken } from "../../test/support/fake-homeserver-matrix.js";
import { systemClock } from "../shared/clock.js";
import { Secret } from "../shared/secret.js";
import { Transport } from "./transport.js";

const open: (Transport | Server)[] = [];

afterEach(async () => {
  for (const thing of open.splice(0)) {
    if (thing instanceof Transport) {
      await thing.close();
    } else {
      thing.closeAllConnections();
      thing.close();
    }
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  open.unshift(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP listener's address is an object.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connectTo(homeserverUrl: string): Transport {
  const transport = new Transport({ homeserverUrl, asToken: new Secret(asToken), clock: systemClock, timeoutMs: 100 });
  open.unshift(transport);
  return transport;
}

const send = { method: "PUT", path: "/send?user_id=a", body: '{"a":1}' } as const;

describe("Transport", () => {
  it("keeps the path of the homeserver's URL, and the token out of every URL", async () => {
    let seen: { url?: string | undefined; token?: string | undefined; type?: string | undefined } = {};
    const url = await serve((request, response) => {
      seen = { url: request.url, token: request.headers.authorization, type: request.headers["content-type"] };
      response.end("{}");
    });

    const answer = await connectTo(`${url}/matrix/`).request(send);

    expect(answer).toMatchObject({ status: 200, body: Buffer.from("{}") });
    expect(seen).toEqual({ url: "/matrix/send?user_id=a", token: `Bearer ${asToken}`, type: "application/json" });
  });

  it("puts an answer together that comes in pieces", async () => {
    const url = await serve((_request, response) => {
      response.write("ab");
      setImmediate(() => response.end("cd"));
    });

    expect((await connectTo(url).request(send)).body.toString()).toBe("abcd");
  });

  it.each<{ name: string; listener: RequestListener }>([
    { name: "cut after the request was read", listener: (request) => request.socket.destroy() },
    {
      name: "cut in the middle of the answer",
      listener: (_request, response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("{", () => response.destroy());
      },
    },
    { name: "silent", listener: () => undefined },
    { name: "silent in the middle of the answer", listener: (_request, response) => void response.writeHead(200).write("{") },
  ])("says that the outcome is unknown when the connection is $name", async ({ listener }) => {
    const transport = connectTo(await serve(listener));

    await expect(transport.request(send)).rejects.toMatchObject({ code: "HS_REMOTE_ERROR", outcomeUnknown: true, isTransient: true });
  });

  it("says that nothing was sent when nobody listens", async () => {
    const url = await serve(() => undefined);
    const server = open.shift();
    await new Promise((resolve) => (server instanceof Transport ? undefined : server?.close(resolve)));

    await expect(connectTo(url).request(send)).rejects.toMatchObject({ outcomeUnknown: false, isTransient: true });
  });

  it("says that nothing was sent once it is closed", async () => {
    const transport = connectTo(await serve((_request, response) => response.end()));
    await transport.close();

    await expect(transport.request(send)).rejects.toMatchObject({ outcomeUnknown: false, isTransient: true });
  });

  it("never shows the token in an error", async () => {
    const transport = connectTo(await serve((request) => request.socket.destroy()));

    const error: unknown = await transport.request(send).catch((thrown: unknown) => thrown);

    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(asToken);
  });
});
