import type { Connection } from "../../core/connection.js";
import { SwitchboardError } from "../../core/errors.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import { secretPrefix } from "./signature.js";
import type { GenericConfig } from "./schema.js";

type Context = ServiceContext<GenericConfig>;

/** A command that is run again after a crash must not make another secret: what is told to the person is told only once. */
const sameSecretMs = 10 * 60_000;

/** Asked before anything is changed. @throws SwitchboardError with HS_DISABLED_FEATURE */
export function requireKey({ secrets }: Pick<Context, "secrets">): void {
  if (secrets.canKeep) return;
  throw new SwitchboardError("HS_DISABLED_FEATURE", "No secret can be kept here. Ask the administrator to set `storage.keyFile`.");
}

/** By the hook's routing key, which stays when its room is upgraded. @throws StorageError */
export async function findSigningSecret(secrets: Context["secrets"], routingKey: string): Promise<string | undefined> {
  return secrets.get(placeOf(routingKey));
}

/**
 * A secret in the form of Standard Webhooks, which is good for every HMAC. It is stored when this resolves.
 * @throws StorageError when no key is configured to encrypt it with
 */
export async function makeSigningSecret(connection: Connection, context: Context): Promise<string> {
  const { store, secrets, random, now, commit } = context;
  const madeAt = Number((await store.get(madePlace(connection))) ?? Number.NaN);
  const known = now() - madeAt < sameSecretMs ? await findSigningSecret(secrets, connection.remoteKeys[0] ?? "") : undefined;
  if (known !== undefined) return known;
  const secret = `${secretPrefix}${random.bytes(32).toString("base64")}`;
  const kept = connection.remoteKeys.map((key) => secrets.put(placeOf(key), secret));
  await commit([...kept, store.put(madePlace(connection), String(now()))]);
  return secret;
}

/** What removes everything that is kept of it. */
export function removeSigningSecret(
  { secrets, store }: Pick<Context, "secrets" | "store">,
  connection: Connection,
): readonly StoreChange[] {
  return [...connection.remoteKeys.map((key) => secrets.remove(placeOf(key))), store.remove(madePlace(connection))];
}

function placeOf(routingKey: string): string {
  return `signing/${routingKey}`;
}

function madePlace({ id }: Connection): string {
  return `signing-made/${id}`;
}
