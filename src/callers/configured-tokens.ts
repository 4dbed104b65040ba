import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import type { Secret } from "../shared/secret.js";
import type { ScopedCaller } from "./callers.js";
import { Digests, matchesOf } from "./digests.js";
import { lacksScope, unauthorized } from "./refusals.js";

/** A token of the configuration. */
export interface ConfiguredToken {
  readonly name: string;
  readonly token: Secret;
  readonly scopes: readonly string[];
  /** As in `ScopedCaller`. */
  readonly targets?: readonly string[];
  /** Milliseconds since the epoch; from then on it is refused. */
  readonly expiresAt?: number;
  /** How it comes to have a scope: `Add it to its scopes in api.tokens.` */
  readonly remedy: string;
}

interface Entry extends ConfiguredToken {
  readonly digest: Buffer;
}

/** Tokens that stand in the configuration. */
export class ConfiguredTokens {
  readonly #clock: Clock;
  readonly #digests: Digests;
  readonly #entries: readonly Entry[];

  constructor(tokens: readonly ConfiguredToken[], { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#digests = new Digests(random);
    this.#entries = tokens.map((token) => ({ ...token, digest: this.#digests.of(token.token.reveal()) }));
  }

  /**
   * @returns undefined when it is none of these
   * @throws PermissionError when it has ended or has none of the scopes
   */
  find(token: string, scopes: readonly string[]): ScopedCaller | undefined {
    const found = matchesOf(this.#digests.of(token), this.#entries);
    if (found.length === 0) return undefined;
    // Somebody may have given one token to two names.
    const live = found.filter(({ expiresAt }) => expiresAt === undefined || this.#clock.now() < expiresAt);
    const [first] = live;
    if (first === undefined) throw unauthorized();
    const allowed = live.filter((entry) => entry.scopes.some((scope) => scopes.includes(scope)));
    const [named] = allowed;
    if (named === undefined) throw lacksScope(first.name, scopes, first.remedy);
    const common = { name: named.name, kind: "token", ...targetsOf(allowed) } as const;
    return { ...common, scopes: scopes.filter((scope) => allowed.some((entry) => entry.scopes.includes(scope))) };
  }
}

/** Of one token with two names, one of which is not limited, nothing is limited. */
function targetsOf(entries: readonly Entry[]): Pick<ScopedCaller, "targets"> {
  if (entries.some(({ targets }) => targets === undefined)) return {};
  return { targets: entries.flatMap(({ targets = [] }) => targets) };
}
