import type { OAuthQuery } from "../core/oauth.js";
import type { ActiveService } from "../core/service.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import { comeBack, lookAtReturn, type LoginReturn } from "./come-back.js";
import { hashOf } from "./hashes.js";
import type { LoginParts } from "./login-parts.js";
import { findUndoable, undoLogin, type Undoable, type Undone } from "./undo-login.js";

/** Logins that come back from the browser (core/oauth.ts), and the way back from them. */
export interface BrowserLogins {
  /** @param services those that have the path. @throws StorageError before anything was changed */
  comeBack(services: readonly ActiveService[], query: OAuthQuery): Promise<LoginReturn>;
  /** Why a return would lead to no login; undefined where one waits for it. Changes nothing. @throws StorageError */
  look(services: readonly ActiveService[], query: OAuthQuery): Promise<LoginReturn | undefined>;
  /** What a word undoes, as long as it does; changes nothing. */
  findUndoable(services: readonly ActiveService[], word: string): Promise<Undoable | undefined>;
  /** Undoes a login, once. @throws StorageError */
  undo(services: readonly ActiveService[], word: string): Promise<Undone | undefined>;
}

/** One of these for the process: what is good once is handed out in turns that it alone knows. */
export function createBrowserLogins(parts: LoginParts): BrowserLogins {
  const turns = new KeyedMutex();
  return {
    comeBack: (services, query) => comeBack(services, query, turns, parts),
    look: (services, query) => lookAtReturn(services, query, parts),
    findUndoable: (services, word) => findUndoable(services, word, parts),
    undo: (services, word) => turns.run(hashOf(word), () => undoLogin(services, word, parts)),
  };
}
