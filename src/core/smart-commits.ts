import type { UserId } from "./ids.js";
import type { ServiceContext } from "./service-context.js";

/** What one command of a smart commit asks for (Atlassian, "Process issues with smart commits"). */
export type SmartCommand =
  | { readonly kind: "comment"; readonly text: string }
  /** `spent` in Jira's own form: `1w 2d 4h 30m`. `text` may be empty. */
  | { readonly kind: "time"; readonly spent: string; readonly text: string }
  /** As written behind the hash sign: hyphens may stand for blanks, and the first word for the whole name. */
  | { readonly kind: "transition"; readonly name: string };

/** Which commands are carried out; all of them are reported. */
export type AllowedSmartCommands = Readonly<Record<SmartCommand["kind"], boolean>>;

/** A tracker where issues of a project may be. */
export interface SmartCommitPlace {
  /** For people. */
  readonly name: string;
  /** Tells places apart; without trailing slash. */
  readonly url: string;
}

/** Present in a service whose issues smart commits may change. */
export interface SmartCommits<Config> {
  /**
   * Where an issue with that key is looked for: at the instance of that name, else wherever a room is connected to the project. Each place
   * stands there once.
   * @throws RemoteError while that is not known
   */
  placesOf(
    target: { readonly issueKey: string; readonly instance?: string },
    context: ServiceContext<Config>,
  ): Promise<readonly SmartCommitPlace[]>;
  /**
   * Carries a command out as the one person whose account there has the author's e-mail address, as that account itself says.
   * @throws RemoteError when it could not be carried out; `outcomeUnknown` where it may have been all the same. Other SwitchboardErrors refuse it
   * for good, with their message as the reason
   */
  carryOut(call: SmartCommitCall, context: ServiceContext<Config>): Promise<SmartCommitAnswer>;
}

export interface SmartCommitCall {
  readonly place: SmartCommitPlace;
  readonly issueKey: string;
  /** As the commit has it. */
  readonly authorEmail: string;
  /** When the commit was made; milliseconds since the epoch. */
  readonly happenedAt: number;
  readonly command: SmartCommand;
  /** Whether the person may act through us. @throws RemoteError while that is not known */
  mayAct(person: UserId): boolean;
  /**
   * Called once, right before the one request that changes something.
   * @param issueKey that the issue has now
   * @returns whether it is to be sent: false where the commit was carried out before
   */
  begin(issueKey: string): Promise<boolean>;
}

export type SmartCommitAnswer =
  /** `as`: who did it, for the report. */
  | { readonly kind: "done"; readonly as: string }
  /** A sentence. */
  | { readonly kind: "refused"; readonly reason: string }
  /** `begin` said so. */
  | { readonly kind: "left" };
