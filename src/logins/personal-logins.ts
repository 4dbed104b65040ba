import type { UserId } from "../core/ids.js";
import type { LoginStore, PersonalLogins } from "../core/ports/personal-logins.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import type { Service, ServiceContext } from "../core/service.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import { beginLogin } from "./begin-login.js";
import type { LoginParts } from "./login-parts.js";
import { Renewals } from "./renewals.js";
import { TakeOver } from "./take-over.js";

/** The accounts that Hookshot keeps; absent without a `passFile` that can be used. */
export interface HookshotAccounts {
  /** @returns undefined when there is none that can be read. @throws RemoteError */
  read(accountDataType: string): Promise<string | undefined>;
  /** In Hookshot's form, encrypted. */
  seal(text: string): Readonly<Record<string, unknown>>;
}

interface PersonalLoginsOptions extends Pick<LoginParts, "tickets" | "errands" | "notices" | "changes"> {
  readonly service: Service<unknown>;
  /** Asked when something is done: it holds what is made here. */
  readonly context: () => ServiceContext<unknown>;
  readonly store: LoginStore;
  /** The service's, for what was taken over from Hookshot. Nobody else uses this group of values. */
  readonly marks: KeyValueStore;
  readonly hookshot?: HookshotAccounts;
  /** `compatibility.writeTokens`. */
  readonly writesTokens: boolean;
  /** Whether the person has the level `login` on the service. @throws RemoteError while that is not known */
  readonly mayLogIn: (person: UserId) => boolean;
}

/** Hookshot's mark for an account that it is to forget (reference 6.1). */
const deleted = { deleted: true };

/** People's own accounts at one service. There is one of these for a service: what runs at the same time is known to it alone. */
export function createPersonalLogins(options: PersonalLoginsOptions): PersonalLogins {
  const { service, context, store, marks, tickets, errands, notices, changes, hookshot, writesTokens } = options;
  const common = {
    ...{ store, changes, serviceId: service.id },
    commit: (changes: Parameters<ServiceContext<unknown>["commit"]>[0]) => context().commit(changes),
    now: () => context().now(),
  };
  const takeOver = new TakeOver({
    ...{ ...common, marks },
    ...(hookshot === undefined ? {} : { readHookshots: (type: string) => hookshot.read(type) }),
  });
  const renewals = new Renewals({
    ...{ ...common, undoable: tickets.undoable, errands, notices },
    forgetHookshots: (person) => takeOver.forget(person),
  });
  const beginnings = new KeyedMutex();
  return {
    canKeep: store.canKeep,
    get: (person, remote) => store.get(person, remote),
    all: (after, limit) => store.all(after, limit),
    list: (person) => store.list(person),
    put(person, remote, login) {
      changes.note([service.id, person, remote], login);
      return store.put(person, remote, login);
    },
    remove(person, remote) {
      changes.note([service.id, person, remote]);
      return store.remove(person, remote);
    },
    fresh: (person, remote, renewal, rejected) => renewals.fresh(person, remote, renewal, rejected),
    begin: (person, remote) => beginLogin({ ...options, begun: tickets.begun, beginnings }, person, remote),
    takeOver: (person, from) => takeOver.run(person, from),
    forgetHookshots: (person, types) => [takeOver.forget(person), ...types.map((type) => errands.keep(type, deleted, true))],
    writeForHookshot: (type, text) => (writesTokens && hookshot !== undefined ? [errands.keep(type, hookshot.seal(text))] : []),
  };
}
