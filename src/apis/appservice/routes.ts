import type { Answer, Request, Route } from "../../http/route.js";
import type { Secret } from "../../shared/secret.js";
import { createHomeserverAccess } from "./access.js";
import { matrixErrorBody } from "./errors.js";
import { pushTransaction, type PushTransactionOptions } from "./push-transaction.js";

export interface AppserviceOptions extends PushTransactionOptions {
  readonly hsToken: Secret;
  /** Whether a user id is that of a bot or ghost that exists; the homeserver asks before it invites somebody it does not know. */
  readonly isOurUser: (userId: string) => boolean;
  /** Opens the room behind an alias that nobody has yet; false when there is none to open. May throw SwitchboardError. */
  readonly openRoom: (alias: string) => Promise<boolean>;
}

const maxTransactionBytes = 64 * 1_048_576;
const maxPingBytes = 65_536;

/**
 * What a homeserver asks of an application service, under the current paths and those before version 1.
 * Protocol look-ups (`thirdparty/…`) have no rows: the answer to an unknown route, given `matrixErrorBody`, is the spec's for them.
 */
export function createAppserviceRoutes(options: AppserviceOptions): readonly Route[] {
  const common = { access: createHomeserverAccess(options.hsToken), errorBody: matrixErrorBody };
  const transactions = { ...common, method: "PUT", hot: true, maxBodyBytes: maxTransactionBytes } as const;
  const push = (request: Request): Promise<Answer> => pushTransaction(request, options);
  const users = (request: Request): Answer => (options.isOurUser(request.params["userId"] ?? "") ? found : noUser);
  const rooms = async (request: Request): Promise<Answer> => ((await options.openRoom(request.params["alias"] ?? "")) ? found : noRoom);
  return [
    { ...transactions, path: "/_matrix/app/v1/transactions/:txnId", handle: push },
    { ...transactions, path: "/transactions/:txnId", handle: push },
    { ...common, method: "POST", path: "/_matrix/app/v1/ping", maxBodyBytes: maxPingBytes, handle: () => found },
    { ...common, method: "GET", path: "/_matrix/app/v1/users/:userId", handle: users },
    { ...common, method: "GET", path: "/users/:userId", handle: users },
    { ...common, method: "GET", path: "/_matrix/app/v1/rooms/:alias", handle: rooms },
    { ...common, method: "GET", path: "/rooms/:alias", handle: rooms },
  ];
}

const found: Answer = { status: 200, body: {} };

const noUser: Answer = { status: 404, body: { errcode: "M_NOT_FOUND", error: "There is no such user." } };

/** The code is Hookshot's (reference 4.3): the spec leaves it to us. */
const noRoom: Answer = { status: 404, body: { errcode: "ROOM_DOES_NOT_EXIST", error: "There is no such room." } };
