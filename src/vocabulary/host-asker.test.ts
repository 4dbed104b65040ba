import { describe, expect, it } from "vitest";
import type { HttpRequest, HttpResponse } from "../core/ports/http-client.js";
import type { RegisteredRemote } from "../core/registered-remote.js";
import type { HostAccess } from "../core/repository-host.js";
import { Secret } from "../shared/secret.js";
import { createHostAsker } from "./host-asker.js";

const remote: RegisteredRemote = {
  ...{ serviceId: "host", url: "https://host.example.org", settings: {}, checksCertificate: true, usesProxy: true },
  account: { kind: "token", token: new Secret("hush") },
};

function answering(response: Partial<HttpResponse>, at: Partial<RegisteredRemote> = {}): HostAccess & { readonly asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const request = async (sent: HttpRequest): Promise<HttpResponse> => {
    asked.push(sent);
    return { status: 200, headers: {}, body: "[]", bytes: Buffer.alloc(0), ...response };
  };
  return { asked, remote: { ...remote, ...at }, http: { request }, signal: new AbortController().signal, now: () => 0 };
}

describe("a host's asker", () => {
  it("takes lists and objects, and nothing else", async () => {
    const ask = (body: string): Promise<unknown> =>
      createHostAsker(answering({ body }), { title: "Host" })
        .ask({ url: remote.url })
        .then(({ json }) => json);

    expect([await ask("[1]"), await ask('{"a":1}')]).toEqual([[1], { a: 1 }]);
    for (const body of ["", "7", '"hush"', "null", "<html>hush"]) await expect(ask(body)).rejects.toThrow("the answer is none of Host's");
  });

  it("ends after so many requests, and says that it goes on", async () => {
    const access = answering({});
    const asker = createHostAsker(access, { title: "Host" });
    for (let asked = 0; asked < 20_000; asked += 1) await asker.ask({ url: remote.url });

    await expect(asker.ask({ url: remote.url })).rejects.toThrow("more than 20000 requests");
    expect(access.asked).toHaveLength(20_000);
  });

  it("tells what is not there apart from a host that wants to be left alone", async () => {
    const find = (response: Partial<HttpResponse>): Promise<unknown> =>
      createHostAsker(answering(response), { title: "Host" }).find({ url: remote.url }, [404, 429]);

    expect(await find({ status: 404 })).toBeUndefined();
    await expect(find({ status: 429 })).rejects.toMatchObject({ retryAfterMs: 60_000 });
    await expect(find({ status: 403, body: "You have exceeded a secondary rate limit" })).rejects.toMatchObject({ isTransient: true });
    await expect(find({ status: 403 })).rejects.toMatchObject({ isTransient: false });
  });

  it.each([{ apiPath: ".elsewhere.test" }, { apiPath: "@elsewhere.test" }, { url: "ftp://host.example.org" }])(
    "asks nobody where the address would be another one: %j",
    async (at) => {
      const access = answering({}, at);

      await expect(createHostAsker(access, { title: "Host" }).ask({ url: remote.url })).rejects.toThrow(/path of the API|no web address/);
      expect(access.asked).toEqual([]);
    },
  );
});
