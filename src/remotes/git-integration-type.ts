import type { GitIntegrationSettings } from "./git-integration.js";

/**
 * A way to tell a git host who asks: `pat` alone, `username` with `password`, or `pat` with the username that stands for every account
 * (`userForAll`).
 */
export type GitAccountForm = "pat" | "password" | "pat for all";

/** With it a Team Foundation Server takes a token of any account. */
export const userForAll = "all";

/** A kind of git host that integrations can be registered for. */
export interface GitIntegrationType {
  readonly id: string;
  /** The service that speaks to it. */
  readonly serviceId: string;
  /** What its service calls this kind of installation, where it has several. */
  readonly deployment?: string;
  /** It is a folder on our own disk, and its origin a path. */
  readonly isFolder?: true;
  /** Where it is unless something else is said. Absent: it has to be said. */
  readonly usualOrigin?: (settings: Partial<GitIntegrationSettings>) => string;
  /** What it is called at its usual origin; see `namedAfter` for others. */
  readonly usualName?: string;
  /** What it is called unless something else is said: by its origin, or by everything below it (`https://git.example.org/*`). */
  readonly namedAfter: "origin" | "everything below";
  /** One of them is needed; the token counts where there is more. Empty: it needs no account. */
  readonly accounts: readonly GitAccountForm[];
  /** Settings that have to be there. */
  readonly required?: readonly (keyof GitIntegrationSettings)[];
  /** Settings that differ from the usual ones. */
  readonly defaults?: Partial<GitIntegrationSettings>;
  /** What its service wants to know besides address and account: its names of settings, and ours. */
  readonly settings?: Readonly<Record<string, keyof GitIntegrationSettings>>;
}
