import type { KnownRemote, RemoteKind } from "../core/registered-remote.js";
import type { Clock } from "../shared/clock.js";
import type { CheckRemote } from "./check-remote.js";
import type { RemoteDirectory } from "./directory.js";

/** How a registered remote is, for people. */
export interface RemoteReport {
  readonly kind: RemoteKind;
  readonly id: number;
  readonly name: string;
  /** Where it is; absent for systems that are only stored. */
  readonly url?: string;
  readonly health: RemoteHealth;
}

export type RemoteHealth =
  | { readonly kind: "good"; readonly account?: string }
  /** A sentence without secrets. */
  | { readonly kind: "bad"; readonly reason: string }
  /** It completes the sentence "not tested: …". */
  | { readonly kind: "untested"; readonly reason: string };

export interface SurveyOptions {
  readonly directory: RemoteDirectory;
  readonly checkRemote: CheckRemote;
  readonly clock: Clock;
}

/** Remotes that are asked at a time. */
const atOnce = 8;
/** Whoever asked waits for the answer. */
const patienceMs = 20_000;

/** All registered remotes, each asked just now; takes twenty seconds at most, and never throws for what a remote does. */
export async function surveyRemotes({ directory, checkRemote, clock }: SurveyOptions): Promise<readonly RemoteReport[]> {
  const [remotes, stored] = await Promise.all([directory.all(), directory.storedOnly()]);
  const endsAt = clock.now() + patienceMs;
  const healths = new Map<string, RemoteHealth>();
  const waiting = remotes.filter(({ isInaccessible }) => isInaccessible !== true);
  const work = async (): Promise<void> => {
    for (let remote = waiting.shift(); remote !== undefined && clock.now() < endsAt; remote = waiting.shift()) {
      healths.set(remote.key, await healthOf(remote, checkRemote));
    }
  };
  await inTime(Promise.all(Array.from({ length: atOnce }, work)), clock);
  return [
    ...remotes.map(({ key, kind, id, name, url, isInaccessible }) => {
      const untested = isInaccessible === true ? "it is marked as inaccessible from here" : "it did not answer in time";
      return { kind, id, name, url, health: healths.get(key) ?? ({ kind: "untested", reason: untested } as const) };
    }),
    ...stored.map((remote) => ({ ...remote, health: { kind: "untested", reason: "such systems are only stored" } as const })),
  ];
}

async function healthOf(remote: KnownRemote, checkRemote: CheckRemote): Promise<RemoteHealth> {
  const outcome = await checkRemote(remote);
  if (!outcome.isGood) return { kind: "bad", reason: outcome.reason };
  return outcome.account === undefined ? { kind: "good" } : { kind: "good", account: outcome.account };
}

function inTime(work: Promise<unknown>, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const callOff = clock.after(patienceMs, () => {
      resolve();
    });
    work.then(() => {
      callOff();
      resolve();
    }, reject);
  });
}
