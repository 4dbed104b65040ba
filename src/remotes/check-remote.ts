import { RemoteError } from "../core/errors.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { CheckOutcome, RegisteredRemote, RemoteAccount, RemoteCheck } from "../core/registered-remote.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";

const timeLimitMs = 10_000;
/** A shorter secret may stand in any sentence by chance, and taking it out would tell it. */
const shortestSought = 6;

/** A service of this build, as far as it can tell of registered remotes. */
export interface CheckingService {
  readonly id: string;
  readonly title: string;
  readonly remote?: RemoteCheck;
}

export interface CheckRemoteOptions {
  /** Whether or not the configuration has a section for them. */
  readonly services: readonly CheckingService[];
  /** The guarded client. */
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly log: Pick<Log, "debug" | "error">;
}

/** Asks a remote whether its address and account work. Takes ten seconds at most, and never throws. */
export type CheckRemote = (remote: RegisteredRemote) => Promise<CheckOutcome>;

export function createCheckRemote(options: CheckRemoteOptions): CheckRemote {
  return async (remote) => {
    const service = options.services.find(({ id }) => id === remote.serviceId);
    if (service?.remote === undefined) return failed("This system cannot be tested from here.");
    const { remote: capability, title } = service;
    const asked = Promise.resolve()
      .then(() => capability.check(remote, options.http, () => options.clock.now()))
      .catch((error: unknown) => explain(error, title, options));
    return withoutSecret(await inTime(asked, title, options.clock), remote.account);
  };
}

function inTime(asked: Promise<CheckOutcome>, title: string, clock: Clock): Promise<CheckOutcome> {
  return new Promise((resolve) => {
    const callOff = clock.after(timeLimitMs, () => {
      resolve(failed(unreachable(title, `it did not answer within ${timeLimitMs / 1000} seconds.`)));
    });
    void asked.then((outcome) => {
      callOff();
      resolve(outcome);
    });
  });
}

/** What a remote error says names the host and no more (outbound/); anything else may say anything, so only the log has it. */
function explain(error: unknown, title: string, { log }: CheckRemoteOptions): CheckOutcome {
  if (error instanceof RemoteError) {
    log.debug({ error }, "A registered remote did not pass its check");
    return failed(unreachable(title, error.message));
  }
  log.error({ error }, "The check of a registered remote failed unexpectedly");
  return failed(unreachable(title, "an internal error occurred; the log says more."));
}

/** As services word what they find out themselves. */
function unreachable(title: string, reason: string): string {
  return `Unable to connect to ${title} service. Reason: ${reason}`;
}

/** The second line of defence: a remote may repeat what it was sent, and a service may pass it on. */
function withoutSecret(outcome: CheckOutcome, account: RemoteAccount): CheckOutcome {
  const secret = secretOf(account);
  if (outcome.isGood || secret.length < shortestSought || !outcome.reason.includes(secret)) return outcome;
  return failed(outcome.reason.replaceAll(secret, "[secret]"));
}

function secretOf(account: RemoteAccount): string {
  switch (account.kind) {
    case "password":
      return account.password.reveal();
    case "token":
      return account.token.reveal();
    case "none":
      return "";
  }
}

function failed(reason: string): CheckOutcome {
  return { isGood: false, reason };
}
