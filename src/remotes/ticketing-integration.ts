import type { RegisteredRecord } from "../core/ports/record-store.js";
import type { RegisteredRemote } from "../core/registered-remote.js";
import { Secret } from "../shared/secret.js";
import { baseUrl } from "../shared/url.js";
import type { Draft } from "./registry.js";

/** What anybody who may see a ticketing integration sees of it. */
export interface TicketingSettings {
  readonly installation: "cloud" | "server";
  /** Web address of the tracker, as it was given: http or https, without user name, query and fragment. */
  readonly url: string;
  readonly username: string;
  /** True: `outbound.proxy` is not used. */
  readonly skipsProxy: boolean;
}

/** What came of asking the tracker. */
export interface TicketingCheck {
  readonly isGood: boolean;
  /** Why not; a sentence without secrets. */
  readonly reason?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A ticketing integration as it lies in the store. */
export interface TicketingFields {
  readonly settings: TicketingSettings;
  /** The last one of these settings; absent where the tracker was not asked. */
  readonly lastCheck?: TicketingCheck;
}

export type TicketingRecord = RegisteredRecord<TicketingFields>;

/** A tracker that a scanner makes tickets in, as whoever registers it gives it. */
export interface TicketingDraft extends TicketingSettings {
  readonly name: string;
  readonly password: string;
}

/** What is to change of one; what is absent stays. */
export type TicketingPatch = Partial<Omit<TicketingDraft, "name">>;

/** A registered one, without its password. */
export interface TicketingIntegration extends TicketingFields {
  readonly name: string;
}

export function showIntegration({ name, fields: { settings, lastCheck } }: TicketingRecord): TicketingIntegration {
  return { name, settings, ...(lastCheck === undefined ? {} : { lastCheck }) };
}

/** @param lastCheck of just what is in the draft */
export function toRecord({ name, password, ...settings }: TicketingDraft, lastCheck: TicketingCheck | undefined): Draft<TicketingFields> {
  return { name, fields: { settings, ...(lastCheck === undefined ? {} : { lastCheck }) }, secrets: { password } };
}

export function toDraft({ name, fields: { settings }, secrets }: TicketingRecord): TicketingDraft {
  return { name, ...settings, password: secrets["password"] ?? "" };
}

/** @param serviceId the service that speaks to such trackers */
export function remoteOfIntegration(
  { installation, url, username, skipsProxy, password }: TicketingDraft,
  serviceId: string,
): RegisteredRemote {
  return {
    serviceId,
    url: baseUrl(new URL(url)),
    deployment: installation,
    // On every installation: what goes in the place of the password differs, and is the giver's concern.
    account: { kind: "password", username, password: new Secret(password) },
    settings: {},
    mustCreateIssues: true,
    checksCertificate: true,
    usesProxy: !skipsProxy,
  };
}

/** Whether two drafts name the same scheme, host and port. */
export function haveSameOrigin(left: Pick<TicketingSettings, "url">, right: Pick<TicketingSettings, "url">): boolean {
  return new URL(left.url).origin === new URL(right.url).origin;
}
