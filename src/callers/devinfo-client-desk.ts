import { NotFoundError, ValidationError } from "../core/errors.js";
import type { DevinfoClientStore, DevinfoScopeName, StoredDevinfoClient } from "../core/ports/devinfo-client-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import type { DevinfoBook } from "./devinfo-book.js";
import { changesOfCallers, checkId, checkProvider, checkScopes } from "./devinfo-caller-rules.js";
import { inOrder } from "./devinfo-scopes.js";
import { hashSecret } from "./token-text.js";

/** A client as an administrator sees it: nothing of its secret. */
export interface ShownDevinfoClient extends Omit<StoredDevinfoClient, "secretHash"> {
  /** Present where the configuration has a client of the same id, which goes before it. */
  readonly isShadowed?: true;
}

export interface NewDevinfoClient {
  /** Its id too. */
  readonly name: string;
  /** Absent: WRITE. */
  readonly scopes?: readonly DevinfoScopeName[];
  /** Absent: its name. */
  readonly provider?: string;
  readonly instance?: string;
}

export interface MadeDevinfoClient extends ShownDevinfoClient {
  /** Told this once. */
  readonly clientSecret: string;
}

/** What an administrator can do with OAuth clients of the Development Information API while Switchboard runs. */
export interface DevinfoClientDesk {
  /** Those that were made here, by id. */
  list(): Promise<readonly ShownDevinfoClient[]>;
  /** Stored, synced, when it resolves. @throws ValidationError; StorageError */
  create(wanted: NewDevinfoClient): Promise<MadeDevinfoClient>;
  /** Gives it another secret; from then on neither the one before nor its tokens are good. @throws NotFoundError; StorageError */
  rotate(clientId: string): Promise<MadeDevinfoClient>;
  /** From then on neither its secret nor its tokens are good. What it sent stays. @throws NotFoundError; StorageError */
  revoke(clientId: string): Promise<ShownDevinfoClient>;
}

interface DevinfoClientDeskOptions {
  readonly book: DevinfoBook;
  readonly store: DevinfoClientStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
  /** Shared with the desk of apps. */
  readonly turns: KeyedMutex;
}

export function createDevinfoClientDesk(options: DevinfoClientDeskOptions): DevinfoClientDesk {
  const { book, store, unitOfWork, clock, random, turns } = options;

  async function create({ name, scopes = ["WRITE"], provider = name, instance }: NewDevinfoClient): Promise<MadeDevinfoClient> {
    checkId(name, "client");
    checkScopes(scopes);
    if (book.hasConfiguredClient(name)) throw new ValidationError(`${name} is a client of the configuration already; choose another name.`);
    if ((await store.getClient(name)) !== undefined) {
      throw new ValidationError(
        `There is a client ${name} already; revoke it, give it another secret with rotate, or choose another name.`,
      );
    }
    await checkProvider(book, provider, instance);
    const bound = instance === undefined ? {} : { instance };
    return keep({ clientId: name, scopes: inOrder(scopes), provider, ...bound, createdAt: clock.now() });
  }

  async function keep(client: Omit<StoredDevinfoClient, "secretHash">): Promise<MadeDevinfoClient> {
    const clientSecret = `sbc_${random.token(52)}`;
    await unitOfWork.commit(store.putClient({ ...client, secretHash: hashSecret(clientSecret) }));
    return { ...client, clientSecret };
  }

  async function rotate(clientId: string): Promise<MadeDevinfoClient> {
    const { secretHash: _, ...client } = await find(clientId);
    return keep({ ...client, rotatedAt: clock.now() });
  }

  async function revoke(clientId: string): Promise<ShownDevinfoClient> {
    const client = await find(clientId);
    await unitOfWork.commit(store.removeClient(client));
    return show(client);
  }

  async function find(clientId: string): Promise<StoredDevinfoClient> {
    const client = await store.getClient(clientId);
    if (client !== undefined) return client;
    // What was typed may be a secret, and this is shown and logged.
    throw new NotFoundError(
      book.hasConfiguredClient(clientId) ? "That is a client of the configuration: change it there." : "There is no client by that name.",
    );
  }

  function show({ secretHash: _, ...client }: StoredDevinfoClient): ShownDevinfoClient {
    return { ...client, ...(book.hasConfiguredClient(client.clientId) ? { isShadowed: true } : {}) };
  }

  return {
    list: async () => (await store.listClients()).map(show),
    create: (wanted) => turns.run(changesOfCallers, () => create(wanted)),
    rotate: (clientId) => turns.run(changesOfCallers, () => rotate(clientId)),
    revoke: (clientId) => turns.run(changesOfCallers, () => revoke(clientId)),
  };
}
