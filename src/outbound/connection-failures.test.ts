import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { LoopbackServers } from "../../test/support/loopback-server.js";
import { RemoteError } from "../core/errors.js";
import { describeFailure } from "./connection-failures.js";
import { createHttpClient } from "./http-client.js";

const servers = new LoopbackServers();
afterEach(() => servers.closeAll());

function failed(code: string, message = "hush", syscall?: string): Error {
  return Object.assign(new Error(message), { code }, syscall === undefined ? {} : { syscall });
}

describe("failures of connections", () => {
  it.each([
    { code: "DEPTH_ZERO_SELF_SIGNED_CERT", says: "it is self-signed" },
    { code: "SELF_SIGNED_CERT_IN_CHAIN", says: "nobody known vouches for it" },
    { code: "CERT_HAS_EXPIRED", says: "it has expired" },
    { code: "ERR_TLS_CERT_ALTNAME_INVALID", says: "it is for another name" },
  ])("tell what is wrong with a certificate, in words of ours: $code", ({ code, says }) => {
    expect(describeFailure(failed(code))).toEqual({ words: `has a certificate that is not good: ${says} (${code})`, isUnsent: true });
  });

  it.each([
    { cause: failed("ECONNREFUSED", "connect ECONNREFUSED 10.0.0.1:80", "connect"), words: "could not be reached (connect ECONNREFUSED)" },
    {
      cause: failed("UND_ERR_CONNECT_TIMEOUT", "Connect Timeout Error (attempted addresses: 10.0.0.1:443, timeout: 10000ms)"),
      words: "could not be reached (connecting took too long)",
    },
  ])("are known to have changed nothing where nothing was sent: $words", ({ cause, words }) => {
    expect(describeFailure(cause)).toEqual({ words, isUnsent: true });
  });

  it.each([
    { cause: failed("ECONNRESET", "read ECONNRESET", "read"), words: "cut the connection before its answer was complete (ECONNRESET)" },
    { cause: failed("EPROTO", "write EPROTO 00:error", "write"), words: "does not speak TLS as it should (EPROTO)" },
    { cause: new Error("something else"), words: "could not be reached (something else)" },
  ])("are not where something was: $words", ({ cause, words }) => {
    expect(describeFailure(cause)).toEqual({ words, isUnsent: false });
  });

  const cutting: readonly { readonly title: string; readonly listener: RequestListener }[] = [
    { title: "before an answer", listener: (request) => request.socket.destroy() },
    {
      title: "within a body of known length",
      listener: (request, response) => {
        response.writeHead(200, { "content-length": "100" }).write("a little", () => request.socket.destroy());
      },
    },
    {
      title: "within a body in chunks",
      listener: (request, response) => {
        response.writeHead(200).write("a little", () => request.socket.destroy());
      },
    },
  ];
  it.each(cutting)("tell a connection that the remote cut $title", async ({ listener }) => {
    const url = await servers.serve(listener);

    const error = await createHttpClient({ userAgent: "test" })
      .request({ method: "GET", url })
      .catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(RemoteError);
    expect((error as RemoteError).message).toContain("cut the connection before its answer was complete");
  });

  it("tell a server that speaks no TLS", async () => {
    const url = (await servers.serve((_request, response) => response.end())).replace("http:", "https:");

    const error = await createHttpClient({ userAgent: "test" })
      .request({ method: "GET", url })
      .catch((reason: unknown) => reason);

    expect((error as RemoteError).message).toMatch(/^127\.0\.0\.1:\d+ does not speak TLS as it should/);
  });
});
