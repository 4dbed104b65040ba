import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpClient, HttpRequest } from "../../src/core/ports/http-client.js";
import type { CheckOutcome, RegisteredRemote, RemoteAccount, RemoteCheck } from "../../src/core/registered-remote.js";
import { createGuardedClient } from "../../src/outbound/guarded-client.js";
import { Secret } from "../../src/shared/secret.js";
import { LoopbackServers } from "./loopback-server.js";
import { RemoteStandIn, type StandInApi, type StandInFault } from "./remote-stand-in.js";

/** A service's check, and how its remote behaves as the vendor documents. */
export interface CheckedRemote {
  /** As it stands in reasons. */
  readonly title: string;
  readonly check: RemoteCheck;
  /** What a remote is but for its address; its account is good. */
  readonly remote: Omit<RegisteredRemote, "url">;
  readonly api: (rig: RemoteCheckRig) => StandInApi | Promise<StandInApi>;
  /** Whom the remote takes the account for. */
  readonly account?: string;
  readonly thingsToCheck: string;
  /** What a reason says when the account's secret is another. */
  readonly wrongSecret: RegExp;
}

export const plantedSecret = "planted-secret-4711";

/** Asks stand-ins by the real guarded client. */
export class RemoteCheckRig {
  readonly servers = new LoopbackServers();
  /** What was asked of the guarded client. */
  readonly asked: HttpRequest[] = [];
  readonly #client = createGuardedClient({ userAgent: "test", allow: ["127.0.0.0/8"] });
  readonly #ends: (() => Promise<void>)[] = [];

  /** @param timeoutMs instead of what is asked for: that an answer does not come takes no seconds here */
  client(timeoutMs = 8_000): HttpClient {
    return {
      request: (request) => {
        this.asked.push(request);
        return this.#client.request({ ...request, timeoutMs });
      },
    };
  }

  atEnd(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.servers.closeAll();
    await Promise.all(this.#ends.map((end) => end()));
  }
}

/** Runs a check at a stand-in. @param remote its `url` is a path below the stand-in's */
export async function checkAt(
  rig: RemoteCheckRig,
  check: RemoteCheck,
  api: StandInApi,
  remote: RegisteredRemote,
  now: () => number = Date.now,
): Promise<{ readonly outcome: CheckOutcome; readonly standIn: RemoteStandIn }> {
  const standIn = await RemoteStandIn.start(rig.servers, api);
  return { standIn, outcome: await check.check({ ...remote, url: `${standIn.url}${remote.url}` }, rig.client(), now) };
}

/** Addresses that a check asks, with every answer a failure. */
export async function addressesAsked(check: RemoteCheck, remote: RegisteredRemote): Promise<readonly string[]> {
  const asked: HttpRequest[] = [];
  await check.check(remote, notingClient(asked), Date.now);
  return asked.map(({ url }) => url);
}

/** A client that only notes what it is asked for, and says yes to nothing. */
function notingClient(asked: HttpRequest[]): HttpClient {
  return {
    async request(request) {
      asked.push(request);
      return { status: 500, headers: {}, body: "", bytes: Buffer.alloc(0) };
    },
  };
}

/** What every check must do whatever goes wrong, played on the real guarded client. */
export function describeRemoteCheck(checked: CheckedRemote): void {
  const { title, check, thingsToCheck } = checked;
  const prefix = `Unable to connect to ${title} service (Check ${thingsToCheck}). Reason: `;
  const rigs: RemoteCheckRig[] = [];
  afterEach(() => Promise.all(rigs.splice(0).map((rig) => rig.close())));

  interface Played {
    readonly outcome: CheckOutcome;
    readonly standIn: RemoteStandIn;
    readonly rig: RemoteCheckRig;
  }

  async function play({ fault, remote = {}, isSecure = false }: Playing = {}): Promise<Played> {
    const rig = new RemoteCheckRig();
    rigs.push(rig);
    const standIn = await RemoteStandIn.start(rig.servers, await checked.api(rig), { isSecure });
    if (fault !== undefined) standIn.failWith(fault);
    const outcome = await check.check(
      { ...checked.remote, url: standIn.url, ...remote },
      rig.client(fault?.kind === "silent" ? 100 : undefined),
      () => Date.now(),
    );
    return { outcome, standIn, rig };
  }

  async function reasonFor(playing: Playing): Promise<string> {
    const { outcome } = await play(playing);
    expect(outcome.isGood).toBe(false);
    const reason = outcome.isGood ? "" : outcome.reason;
    expect(reason.startsWith(prefix), reason).toBe(true);
    expect(reason).toMatch(/[.?]$/);
    expect(reason).not.toContain(plantedSecret);
    expect(reason).not.toMatch(/hush|<html|undefined|\[object/);
    return reason.slice(prefix.length);
  }

  describe(`the check of ${title}`, () => {
    it("is good with a good account, and says whom the remote takes us for", async () => {
      const { outcome, rig } = await play();

      expect(outcome).toEqual({ isGood: true, ...(checked.account === undefined ? {} : { account: checked.account }) });
      expect(rig.asked.length).toBeLessThanOrEqual(2);
    });

    it("is not good when the secret is another, and repeats nothing of it", async () => {
      const reason = await reasonFor({ remote: { account: withOtherSecret(checked.remote.account) } });

      expect(reason).toMatch(checked.wrongSecret);
      expect(reason).not.toContain("another");
    });

    it.each([
      { status: 401, says: /\(401\)/ },
      { status: 403, says: /may not do this \(403\)/ },
      { status: 404, says: /there is no .*\(404\)/ },
      { status: 418, says: /answered 418/ },
      { status: 429, says: /no more requests for now \(429\)/ },
      { status: 304, says: /redirects to nowhere \(304\)/ },
      { status: 500, says: /the server failed \(500\)/ },
      { status: 503, says: /the server failed \(503\)/ },
    ])("tells the answer $status apart", async ({ status, says }) => {
      const body = status === 304 ? {} : { body: `{"message":"hush ${plantedSecret}"}` };

      expect(await reasonFor({ fault: { kind: "answer", answer: { status, ...body } } })).toMatch(says);
    });

    it.each(["<html>hush</html>", "", "null", "[]", '"hush"', "{}", `{"hush":"${plantedSecret}"}`, '{"__proto__":{"login":"x"}}'])(
      "is not good when the answer is 200 with %j",
      async (body) => {
        expect(await reasonFor({ fault: { kind: "answer", answer: { status: 200, body } } })).toMatch(/answer/);
      },
    );

    it("tells a remote that does not answer, or cuts the connection", async () => {
      expect(await reasonFor({ fault: { kind: "silent" } })).toMatch(/did not answer within/);
      expect(await reasonFor({ fault: { kind: "cut" } })).toMatch(/cut the connection/);
    });

    it("tells a remote that is not there, and one that may not be asked", async () => {
      expect(await reasonFor({ remote: { url: "http://127.0.0.1:1" } })).toMatch(/could not be reached/);
      for (const url of ["http://10.0.0.1", "http://2852039166", "http://[::ffff:169.254.169.254]"]) {
        expect(await reasonFor({ remote: { url } })).toMatch(/outbound\.allow/);
      }
      expect(await reasonFor({ remote: { url: "nonsense" } })).toMatch(/no web address/);
    });

    it("takes no account anywhere else, wherever a redirect leads", async () => {
      const { standIn: other } = await play();
      const seen = other.requests.length;

      for (const location of [`${other.url}/hush`, "http://169.254.169.254/hush", "http://10.0.0.1/", "//localhost/hush"]) {
        const fault: StandInFault = { kind: "answer", answer: { status: 307, headers: { location } } };
        expect(await reasonFor({ fault })).toMatch(/redirects to another origin \(307\)/);
      }
      expect(other.requests).toHaveLength(seen);
    });

    it("takes a certificate that nobody vouches for only where that was registered", async () => {
      expect(await reasonFor({ isSecure: true })).toMatch(/certificate that is not good: it is self-signed/);

      const { outcome } = await play({ isSecure: true, remote: { checksCertificate: false } });
      expect(outcome.isGood).toBe(true);
    });

    it("asks within ten seconds, at the origin that was registered, on the way that was registered", async () => {
      const { rig, standIn } = await play();
      const { rig: past } = await play({ remote: { usesProxy: false } });

      for (const { timeoutMs = Infinity, staysAtOrigin, url, skipsProxy } of rig.asked) {
        expect(timeoutMs).toBeLessThanOrEqual(10_000);
        expect([staysAtOrigin, skipsProxy, new URL(url).origin]).toEqual([true, undefined, standIn.url]);
        expect(url).not.toContain(plantedSecret);
      }
      expect(past.asked.every(({ skipsProxy }) => skipsProxy === true)).toBe(true);
    });

    it("sends no account that no header can carry, and none where there is none", async () => {
      const { outcome, rig } = await play({ remote: { account: { kind: "none" } } });
      const broken = await play({ remote: { account: { kind: "token", token: new Secret(`${plantedSecret}\r\nx-hush: 1`) } } });

      expect([outcome.isGood, rig.asked.length]).toEqual([false, 0]);
      expect(inspect(broken.standIn.requests)).not.toContain("x-hush");
    });
  });
}

interface Playing {
  readonly fault?: StandInFault;
  readonly remote?: Partial<RegisteredRemote>;
  readonly isSecure?: boolean;
}

function withOtherSecret(account: RemoteAccount): RemoteAccount {
  const secret = new Secret("another");
  if (account.kind === "password") return { ...account, password: secret };
  return account.kind === "token" ? { ...account, token: secret } : account;
}
