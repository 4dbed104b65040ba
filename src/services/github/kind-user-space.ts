import type { ConnectionState } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import type { ConnectionKind } from "../../core/service.js";
import { roomGrant } from "./room-grants.js";
import { userSpaceKindId } from "./room-spaces.js";
import { userOfState, userSpaceStateSchema, userSpaceStateTypes } from "./room-states.js";
import { userSpaceKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";

/** "This space holds the spaces of that account" (Hookshot reference 2.5). */
export function createUserSpaceKind(): ConnectionKind<GitHubConfig> {
  return {
    id: userSpaceKindId,
    title: "GitHub user space",
    stateTypes: userSpaceStateTypes,
    stateSchema: userSpaceStateSchema,
    remoteKeys: (state) => [userSpaceKey(requireUser(state))],
    resourceKey: (state) => userSpaceKey(requireUser(state)),
    describe: (state, stateKey) => ({ name: userOfState(state) ?? stateKey }),
    isNamed: (state, stateKey, typed) => typed.toLowerCase() === (userOfState(state) ?? stateKey).toLowerCase(),
    grant: (state) => roomGrant(userSpaceStateTypes, String(state["username"])),
    render: () => ({ kind: "ignored", reason: "a space hears nothing" }),
  };
}

/** @throws ValidationError for what the schema cannot say; the connection is not loaded then */
function requireUser(state: ConnectionState): string {
  const login = userOfState(state);
  if (login === undefined) throw new ValidationError("'username' must be the login of an account at GitHub");
  return login;
}
