import type { UserId } from "../core/ids.js";
import type { ActiveService } from "../core/service.js";
import type { SmartCommitAnswer, SmartCommitCall, SmartCommitPlace } from "../core/smart-commits.js";

/** A service whose issues smart commits may change, as it is asked. See `SmartCommits`. */
export interface SmartCommitTracker {
  placesOf(target: { readonly issueKey: string; readonly instance?: string }): Promise<readonly SmartCommitPlace[]>;
  carryOut(call: Omit<SmartCommitCall, "mayAct">): Promise<SmartCommitAnswer>;
}

/** @param mayAct whether the person has the level `commands` on a service, by its permission name. @throws RemoteError while that is not known */
export function smartCommitTrackers(
  services: readonly ActiveService[],
  mayAct: (person: UserId, service: string) => boolean,
): readonly SmartCommitTracker[] {
  return services.flatMap(({ service: { smartCommits, permissionName }, context }) => {
    if (smartCommits === undefined) return [];
    return {
      placesOf: (target) => smartCommits.placesOf(target, context),
      carryOut: (call) => smartCommits.carryOut({ ...call, mayAct: (person) => mayAct(person, permissionName) }, context),
    };
  });
}
