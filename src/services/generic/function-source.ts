import type { Connection, ConnectionState } from "../../core/connection.js";
import type { ServiceStore } from "../../core/ports/service-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import { hookState } from "./hook-state.js";
import { escapeHtml } from "./html.js";
import { dumpWords } from "./messages.js";
import type { GenericConfig } from "./schema.js";
import type { TransformRunner } from "./transform.js";
import { hashOf } from "./wording-pauses.js";

/*
 * The last function of a hook that compiled is kept, because it stays in force while a new one does not compile (reference 2.9).
 */

export async function workingFunction(store: ServiceStore, { id }: Connection): Promise<string | undefined> {
  return store.get(placeOf(id));
}

/** @returns what has to be stored; nothing where it is known already */
export async function keepWorkingFunction(store: ServiceStore, connection: Connection, script: string): Promise<readonly StoreChange[]> {
  return (await workingFunction(store, connection)) === script ? [] : [store.put(placeOf(connection.id), script)];
}

/** Tells the room, once for each such function, in Hookshot's words. @throws RemoteError */
export async function tellCompileError(
  { id, roomId }: Connection,
  script: string,
  mistake: string,
  { rooms }: Pick<ServiceContext<GenericConfig>, "rooms">,
): Promise<void> {
  const heading = "Could not compile transformation function:";
  const { plain } = dumpWords(heading, { message: mistake });
  const { html } = dumpWords(heading, { message: escapeHtml(mistake) });
  const content = { msgtype: "m.text", body: plain, format: "org.matrix.custom.html", formatted_body: html, "m.mentions": {} };
  await rooms.say(`compile/${id}/${hashOf(script)}`, roomId, { type: "m.room.message", content });
}

/** Looks at a function that somebody has just put into the state (`ConnectionKind.changed`). @throws RemoteError, StorageError */
export async function checkChangedFunction(
  connection: Connection,
  before: ConnectionState | undefined,
  context: ServiceContext<GenericConfig>,
  runner: TransformRunner,
): Promise<void> {
  const script = hookState(connection.state).transformationFunction;
  if (script === undefined || !context.config.allowJsTransformationFunctions) return;
  if (before !== undefined && hookState(before).transformationFunction === script) return;
  const mistake = await runner.check(script);
  if (mistake !== undefined) return tellCompileError(connection, script, mistake, context);
  await context.commit(await keepWorkingFunction(context.store, connection, script));
}

function placeOf(connectionId: Connection["id"]): string {
  return `function/${connectionId}`;
}
