import { MemoryLevel } from "memory-level";
import type { UserId } from "../../src/core/ids.js";
import type { OAuthLogin, OAuthOutcome, OAuthReturn, OAuthStart } from "../../src/core/oauth.js";
import type { LoginErrandStore, NoticeErrand } from "../../src/core/ports/login-errands.js";
import type { LoginStore, PersonalLogins } from "../../src/core/ports/personal-logins.js";
import type { StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import type { ActiveService, Service, ServiceContext } from "../../src/core/service.js";
import { IdSource } from "../../src/delivery/id-source.js";
import { createBrowserLogins, type BrowserLogins } from "../../src/logins/browser-logins.js";
import { LoginErrands } from "../../src/logins/errands.js";
import type { LoginParts } from "../../src/logins/login-parts.js";
import { createLoginNotices } from "../../src/logins/notices.js";
import { createPersonalLogins, type HookshotAccounts } from "../../src/logins/personal-logins.js";
import { RecentChanges } from "../../src/logins/recent-changes.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createLoginErrandStore } from "../../src/storage/stores/login-errand-store.js";
import { createLoginStore } from "../../src/storage/stores/login-store.js";
import { createBegunLoginStore, createUndoableLoginStore } from "../../src/storage/stores/login-ticket-store.js";
import { createMetaStore } from "../../src/storage/stores/meta-store.js";
import { systemRandom } from "../../src/shared/random.js";
import { ManualClock } from "./manual-clock.js";
import { sealerOf } from "./sealers.js";
import { createServiceContext } from "./service-context.js";

type Content = Readonly<Record<string, unknown>>;

export const alice: UserId = "@alice:example.org";
export const remote = "https://code.example.org";

/** A service in whose hands a test is: what it was asked, and what it answers. */
export class FakeOAuth implements OAuthLogin<unknown> {
  readonly callbackPaths: readonly [string, ...string[]];
  readonly started: OAuthStart[] = [];
  readonly returned: OAuthReturn[] = [];
  callback: string | undefined;
  answer: (back: OAuthReturn) => Promise<OAuthOutcome> = async () => joinedAs("Ada");

  constructor(path: string, ...more: readonly string[]) {
    this.callbackPaths = [path, ...more];
    this.callback = `https://hooks.example.org${path}`;
  }

  callbackUrl(): string | undefined {
    return this.callback;
  }

  async begin(start: OAuthStart): Promise<{ readonly url: string; readonly kept: string }> {
    this.started.push(start);
    return { url: `https://code.example.org/authorize?state=${start.state}`, kept: "planted-kept" };
  }

  finish(back: OAuthReturn): Promise<OAuthOutcome> {
    this.returned.push(back);
    return this.answer(back);
  }

  otherReturn(
    query: Readonly<Record<string, string>>,
  ): { readonly isGood: boolean; readonly title: string; readonly text: string } | undefined {
    return query["setup_action"] === "install" ? { isGood: true, title: "The app is installed", text: "Type `!connect`." } : undefined;
  }
}

export function joinedAs(name: string, more: Partial<Extract<OAuthOutcome, { readonly kind: "joined" }>> = {}): OAuthOutcome {
  const account = { name, at: "code.example.org" };
  return { kind: "joined", remote, login: `planted-login of ${name}`, account, logoutCommand: "code logout", ...more };
}

export interface LoginRigOptions {
  readonly database?: Database;
  readonly clock?: ManualClock;
  readonly canKeep?: boolean;
  readonly writesTokens?: boolean;
  readonly mayLogIn?: (person: UserId) => boolean;
  readonly hasPassFile?: boolean;
}

/** The homeserver as logins use it. */
export class LoginHomeserver {
  readonly accountData = new Map<string, Content>();
  readonly told: NoticeErrand[] = [];
  /** What it is asked, in order. */
  readonly asked: string[] = [];
  failure: Error | undefined;

  async get(type: string): Promise<Content | undefined> {
    this.#ask(`get ${type}`);
    return this.accountData.get(type);
  }

  async set(type: string, content: Content): Promise<void> {
    this.#ask(`set ${type}`);
    this.accountData.set(type, content);
  }

  async tell(notice: NoticeErrand): Promise<void> {
    this.#ask(`tell ${notice.person}`);
    this.told.push(notice);
  }

  words(): readonly string[] {
    return this.told.map(({ message }) => String(message.content["body"]));
  }

  #ask(what: string): void {
    this.asked.push(what);
    if (this.failure !== undefined) throw this.failure;
  }
}

/** Logins of one service over a database in memory; a second rig over the same database is the next process. */
export class LoginRig {
  readonly database: Database;
  readonly clock: ManualClock;
  readonly homeserver = new LoginHomeserver();
  readonly oauth = new FakeOAuth("/code/oauth", "/oauth");
  readonly warnings: string[] = [];
  readonly store: LoginStore;
  readonly logins: PersonalLogins;
  readonly browser: BrowserLogins;
  readonly errands: LoginErrands;
  readonly errandStore: LoginErrandStore;
  readonly unitOfWork: UnitOfWork;
  readonly parts: LoginParts;
  readonly active: ActiveService;
  /** Commits in order; a test may make them fail. */
  readonly commits: (readonly StoreChange[])[] = [];
  commitFailure: Error | undefined;
  /** A slow disk: what is committed meanwhile is stored in order once this resolves. */
  disk: Promise<void> | undefined;

  constructor(options: LoginRigOptions = {}) {
    const { database = new MemoryLevel<string, string>(), clock = new ManualClock(), canKeep = true } = options;
    this.database = database;
    this.clock = clock;
    const sealer = canKeep ? sealerOf("a") : undefined;
    this.unitOfWork = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
    const commit = async (changes: readonly StoreChange[]): Promise<void> => {
      if (this.commitFailure !== undefined) throw this.commitFailure;
      this.commits.push(changes);
      if (this.disk !== undefined) await this.disk;
      await this.unitOfWork.commit(changes);
    };
    const note = (fields: object, message: string): void => void this.warnings.push(`${message} ${JSON.stringify(fields)}`);
    const log = { info: note, warn: note, error: note };
    this.errandStore = createLoginErrandStore(database, sealer);
    this.errands = new LoginErrands({
      ...{ clock, random: systemRandom, log, unitOfWork: { commit } },
      store: this.errandStore,
      ids: new IdSource({ count: rigs(), token: "test" }),
      accountData: { get: (type) => this.homeserver.get(type), set: (type, content) => this.homeserver.set(type, content) },
      tell: (notice) => this.homeserver.tell(notice),
    });
    const tickets = { begun: createBegunLoginStore(database, sealer), undoable: createUndoableLoginStore(database, sealer) };
    const changes = new RecentChanges(() => clock.now());
    this.parts = { tickets, errands: this.errands, notices: createLoginNotices(), changes, random: systemRandom };
    this.store = createLoginStore(database, "code", sealer);
    const service: Service<unknown> = {
      ...{ id: "code", title: "Code", configKey: "code", permissionName: "code", configSchema: {}, kinds: [], oauth: this.oauth },
    };
    this.logins = createPersonalLogins({
      ...{ ...this.parts, service, store: this.store, writesTokens: options.writesTokens ?? false },
      context: () => context,
      marks: createMetaStore(database, "login-marks-code"),
      mayLogIn: options.mayLogIn ?? (() => true),
      ...(options.hasPassFile === false ? {} : { hookshot: this.#hookshot() }),
    });
    const context: ServiceContext<unknown> = {
      ...createServiceContext<unknown>({}, { now: () => clock.now() }),
      ...{ commit, log, logins: this.logins, random: systemRandom },
    };
    this.active = { service, context };
    this.browser = createBrowserLogins(this.parts);
  }

  /** Stores a login as if it had been there for long. */
  async keep(login: string, person = alice): Promise<void> {
    await this.active.context.commit([this.logins.put(person, remote, login)]);
  }

  get(person = alice): Promise<string | undefined> {
    return this.store.get(person, remote);
  }

  /** Begins a login. @returns its state */
  async begin(person = alice): Promise<string> {
    const url = await this.logins.begin(person);
    return new URL(url).searchParams.get("state") ?? "";
  }

  #hookshot(): HookshotAccounts {
    return {
      read: async (type) => {
        const content = await this.homeserver.get(type);
        return typeof content?.["encrypted"] === "string" ? content["encrypted"].replace("encrypted ", "") : undefined;
      },
      seal: (text) => ({ encrypted: `encrypted ${text}` }),
    };
  }
}

const rigs = counter();

function counter(): () => number {
  let count = 0;
  return () => (count += 1);
}
