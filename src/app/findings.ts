import type { IssueTracker, TrackerAccess } from "../core/issue-tracker.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { KnownRemote } from "../core/registered-remote.js";
import type { ActiveService } from "../core/service.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { Database } from "../storage/database.js";
import { createFindingStore } from "../storage/stores/finding-store.js";
import type { Announce } from "../ticketing/announcements.js";
import type { TargetDirectory } from "../ticketing/find-target.js";
import { Findings } from "../ticketing/findings.js";
import { findingCardEvent } from "../vocabulary/finding-card.js";
import { createRemoteClient } from "../vocabulary/remote-ways.js";

interface AppFindingsOptions {
  readonly directory: TargetDirectory;
  /** At whose remotes issues can be made, and whose rooms are told. */
  readonly services: readonly ActiveService[];
  /** For addresses that somebody typed. */
  readonly guarded: HttpClient;
  readonly database: Database;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Findings of scanners, with issues at what was registered. */
export function createFindings({ directory, services, guarded, database, log, ...common }: AppFindingsOptions): Findings {
  return new Findings({
    ...{ ...common, directory, store: createFindingStore(database), log: log.child({ module: "findings" }) },
    trackerOf: (target) => trackerOf(target, services, guarded),
    announce: createAnnounce(services, common.unitOfWork),
  });
}

function trackerOf(target: KnownRemote, services: readonly ActiveService[], guarded: HttpClient): IssueTracker | undefined {
  const active = services.find(({ service }) => service.id === target.serviceId);
  const access = accessOf(target, createRemoteClient(guarded, target));
  return active === undefined || access === undefined ? undefined : active.service.tracker?.(access, active.context);
}

/** @returns undefined for what has no account */
function accessOf({ url, deployment, apiPath, account }: KnownRemote, http: HttpClient): TrackerAccess | undefined {
  const place = { url, http, ...(deployment === undefined ? {} : { deployment }), ...(apiPath === undefined ? {} : { apiPath }) };
  switch (account.kind) {
    case "none":
      return undefined;
    case "password":
      return { ...place, username: account.username, token: account.password };
    case "token": {
      const { username, token } = account;
      return { ...place, token, isToken: true, ...(username === undefined ? {} : { username }) };
    }
  }
}

/** A service that is not enabled any more has no rooms; then the end of the run is all that is stored. */
function createAnnounce(services: readonly ActiveService[], unitOfWork: UnitOfWork): Announce {
  return async ({ serviceId, card, key, changes }) => {
    const active = services.find(({ service }) => service.id === serviceId);
    const routingKeys = active?.service.findingKeys?.(card.remoteUrl, card.project, active.context) ?? [];
    if (active === undefined || routingKeys.length === 0) await unitOfWork.commit(changes);
    else await active.context.emit(findingCardEvent(card, routingKeys), key, changes);
  };
}
