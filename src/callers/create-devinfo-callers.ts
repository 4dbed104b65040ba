import type { DevinfoClientStore } from "../core/ports/devinfo-client-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import { RecentMap } from "../shared/recent-map.js";
import { judgeConnectJwt, readIssuer, type JwtFault } from "./connect-jwt.js";
import type { AppSecret, DevinfoBook } from "./devinfo-book.js";
import type { DevinfoCaller, DevinfoCallers, SignedRequest } from "./devinfo-callers.js";
import { DevinfoTokens } from "./devinfo-tokens.js";
import { unauthorized } from "./refusals.js";

interface DevinfoCallersOptions {
  readonly book: DevinfoBook;
  readonly store: DevinfoClientStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** As many as an app can have (`DevinfoBook.appSecrets`): so many signatures are computed for every token. */
const secretsAtMost = 2;
const warnEveryMs = 60_000;
const warned = 1_000;

const faults: Readonly<Record<JwtFault, string>> = {
  expired: "it has expired; is one of the two clocks wrong?",
  claims: "it lacks one of iss, iat, exp and qsh, is not good yet, or is good for longer than an hour",
  query:
    "its qsh is that of another request; compare the publicUrl of the listener with the address that the app sends to, and look for a proxy that changes addresses",
};

/** Knows callers of the Development Information API: those of the configuration, and those that were made since. */
export function createDevinfoCallers(options: DevinfoCallersOptions): DevinfoCallers {
  const { book, clock, random, log } = options;
  const tokens = new DevinfoTokens(options);
  const warnedAt = new RecentMap<string, number>(warned);
  const decoy = random.token(52);

  async function findApp(token: string, request: SignedRequest): Promise<DevinfoCaller> {
    const issuer = readIssuer(token);
    if (issuer === undefined) throw unauthorized();
    const secrets = await book.appSecrets(issuer);
    const verdicts = await Promise.all(padded(secrets).map((secret) => judgeConnectJwt(token, secret, request, clock.now())));
    // Of the decoys no verdict counts, whatever it is.
    const known = secrets.map(({ caller }, index) => ({ caller, verdict: verdicts[index] ?? { ok: false } }));
    const right = known.find(({ verdict }) => verdict.ok);
    if (right !== undefined) return right.caller;
    for (const { caller, verdict } of known) if (!verdict.ok && verdict.fault !== undefined) warn(caller.name, verdict.fault);
    throw unauthorized();
  }

  /** An app that nobody knows costs as much as one that signs with a wrong secret. */
  function padded(secrets: readonly AppSecret[]): readonly string[] {
    const known = secrets.map(({ sharedSecret }) => sharedSecret);
    return [...known, ...Array.from({ length: secretsAtMost }, () => decoy)].slice(0, secretsAtMost);
  }

  /** Its signature was right, so it is no stranger who fills the log. */
  function warn(app: string, fault: JwtFault): void {
    const now = clock.now();
    const key = `${fault} ${app}`;
    if (now < (warnedAt.get(key) ?? -Infinity) + warnEveryMs) return;
    warnedAt.set(key, now);
    log.warn({ app, fault }, `A token of a Connect app was refused: ${faults[fault]}`);
  }

  return {
    async authenticate(request) {
      const [, scheme = "", token = ""] = /^([A-Za-z]+) +(\S+) *$/.exec(request.authorization ?? "") ?? [];
      switch (scheme.toLowerCase()) {
        case "jwt":
          return findApp(token, request);
        case "bearer":
          return tokens.find(token);
        default:
          throw unauthorized();
      }
    },
    grantToken: (clientId, clientSecret) => tokens.grant(clientId, clientSecret),
    providers: () => book.providers(),
    instanceOf: async (provider) => (await book.findProvider(provider))?.instance,
  };
}
