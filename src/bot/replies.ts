import { PermissionError, RemoteError, StorageError, SwitchboardError, type ErrorCode } from "../core/errors.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import { notice, reaction, type RoomMessage } from "../core/message.js";
import type { CommandReaction } from "../core/room-commands.js";
import type { PrivateAnswer, SetupAnswer } from "../core/service.js";
import { joinMarkdown, markdown, type Markdown, type MarkdownRenderer } from "../shared/markdown.js";
import { sentence } from "../shared/sentence.js";

/** Remedies for failures whose message does not name one; the others' messages do (core/errors.ts). */
const remedies = {
  HS_UNKNOWN: "Tell the administrator.",
  HS_NOTFOUND: undefined,
  HS_UNSUPPORTED_OPERATION: undefined,
  HS_FORBIDDEN_USER: undefined,
  HS_FORBIDDEN_BOT: undefined,
  HS_NOT_IN_ROOM: undefined,
  HS_BAD_VALUE: undefined,
  HS_BAD_TOKEN: "Ask the administrator to renew the credential in the configuration.",
  HS_DISABLED_FEATURE: undefined,
  HS_CONFLICTING_CONNECTION: undefined,
  HS_ADDITIONAL_ACTION_REQUIRED: undefined,
  HS_METHOD_NOT_ALLOWED: undefined,
  HS_UNROUTABLE: undefined,
  HS_TOO_LARGE: "Make it shorter and try again.",
  HS_UNSUPPORTED_MEDIA_TYPE: undefined,
  HS_TOO_MANY_REQUESTS: "Try again in a few minutes.",
  HS_UNAVAILABLE: "Try again in a few minutes.",
  HS_REMOTE_ERROR: "Try again later; if it goes on, tell the administrator.",
  SB_CONFIG: "Tell the administrator.",
  SB_STORAGE: "Tell the administrator.",
} as const satisfies Record<ErrorCode, string | undefined>;

/**
 * What is told of a failure besides its message: `added`, the remedies of the table above; `hidden`, these, but a missing right is told in
 * Hookshot's words and no others; `told`, as a rule nothing, because the messages themselves name the remedies.
 */
export type RemedyPolicy = "added" | "hidden" | "told";

/**
 * An expected failure as a person reads it: what happened and what to do. Undefined for anything unexpected, whose insides are for the log.
 * @throws RemoteError as it came when the homeserver has to be waited for
 */
export function explainFailure(error: unknown, policy: RemedyPolicy): Markdown | undefined {
  if (error instanceof RemoteError && error.isTransient) throw error;
  if (!(error instanceof SwitchboardError)) return undefined;
  if (policy === "hidden" && error instanceof PermissionError) return sentence(error.sentence);
  // The data folder's failures are worded for the log: none says what somebody in a room can do.
  const isTold = policy === "told" && !(error instanceof StorageError);
  const remedy = isTold ? undefined : remedies[error.code];
  return sentence(remedy === undefined ? error.message : `${error.message} ${remedy}`);
}

/** What is said: our own text, a service's in both forms already, or nothing but a reaction. */
export type Answer = Said | CommandReaction;

type Said = Markdown | SetupAnswer;

/** What became of a command. */
export type Outcome =
  | { readonly kind: "succeeded"; readonly answer: Answer }
  /** `reason` undefined when it is not for people; the log has it under the event's id. */
  | { readonly kind: "failed"; readonly reason: Markdown | undefined }
  /** Not run, with a sentence of ours that says why. */
  | { readonly kind: "refused"; readonly reason: Markdown };

/** How answers look: ours, Hookshot's in a room, Hookshot's in a direct chat (reference 3.1). */
export interface AnswerStyle {
  readonly remedies: RemedyPolicy;
  /** @param also what is said besides, in the same notice */
  say(outcome: Outcome, event: MatrixEvent, also?: Markdown): readonly RoomMessage[];
  /** @param usage the command as one types it */
  missingArgument(usage: string): Markdown;
}

export interface AnswerStyles {
  readonly own: AnswerStyle;
  /** Set-up commands. */
  readonly setup: AnswerStyle;
  /** Commands of connections: as set-up commands, with the remedies. */
  readonly connection: AnswerStyle;
  /** What is no command and was taken up all the same: a failure is told by its sentence alone. */
  readonly listener: AnswerStyle;
  readonly admin: AnswerStyle;
}

/** @param renderer makes `formatted_body` of our texts */
export function createAnswerStyles(renderer: MarkdownRenderer): AnswerStyles {
  /** @param failure what is said of a failure */
  function speak(failure: Failure, hasReactions: boolean): AnswerStyle["say"] {
    return (outcome, event, also) => {
      const answer = answerOf(outcome, (reason) => failure(reason, event));
      if ("reaction" in answer) return [reaction(event.event_id, answer.reaction)];
      const message = toNotice(also === undefined ? answer : withParagraph(answer, also), event, renderer);
      if (!hasReactions || outcome.kind === "refused") return [message];
      return outcome.kind === "succeeded" ? [message, reaction(event.event_id, "✅")] : [reaction(event.event_id, "⛔"), message];
    };
  }
  return {
    own: {
      remedies: "added",
      say: speak((reason, event) => reason ?? unexpectedFailure(event), false),
      missingArgument: (usage) => sentence(`Something is missing. Type it like this: \`${usage}\`.`),
    },
    setup: { remedies: "hidden", say: speak(failedToHandle, true), missingArgument: () => missingParameter },
    connection: {
      remedies: "told",
      say: speak((reason, event) => failedToHandle(reason ?? unknownOutcome(event)), true),
      missingArgument: missingParameterOf,
    },
    listener: {
      remedies: "told",
      say: speak((reason, event) => reason ?? unknownOutcome(event), true),
      missingArgument: missingParameterOf,
    },
    admin: {
      remedies: "told",
      say: speak((reason) => failedToHandle(reason ?? markdown`A unknown failure occurred. Contact your bridge admin`), false),
      missingArgument: missingParameterOf,
    },
  };
}

type Failure = (reason: Markdown | undefined, event: MatrixEvent) => Markdown;

function answerOf(outcome: Outcome, failure: (reason: Markdown | undefined) => Markdown): Answer {
  switch (outcome.kind) {
    case "succeeded":
      return outcome.answer;
    case "failed":
      return failure(outcome.reason);
    case "refused":
      return outcome.reason;
  }
}

function withParagraph(answer: Said, also: Markdown): Said {
  return "source" in answer ? joinMarkdown([answer, also], "\n\n") : { body: `${answer.body}\n\n${also.text}` };
}

const missingParameter = markdown`Missing at least one required parameter.`;

function missingParameterOf(usage: string): Markdown {
  return joinMarkdown([missingParameter, sentence(`Type it like this: \`${usage}\`.`)], " ");
}

function failedToHandle(reason: Markdown | undefined): Markdown {
  return reason === undefined ? markdown`Failed to handle command.` : markdown`Failed to handle command: ${reason}`;
}

/** Of a command that may have changed something at a remote. */
function unknownOutcome(event: MatrixEvent): Markdown {
  return sentence(
    `Something unexpected went wrong. Look whether anything was changed before you try again, and ask the administrator to look for \`${event.event_id}\` in the log.`,
  );
}

function unexpectedFailure(event: MatrixEvent): Markdown {
  return sentence(`Something unexpected went wrong. Ask the administrator to look for \`${event.event_id}\` in the log, then try again.`);
}

/** A notice that pings nobody, in the thread it answers to. */
function toNotice(answer: Said, event: MatrixEvent, renderer: MarkdownRenderer): RoomMessage {
  const formed = "body" in answer ? answer : { body: answer.text, html: renderMarkdown(answer, renderer) };
  return quietNotice(formed, renderer, threadOf(event));
}

/** A notice that pings nobody. @param extra further keys of the content */
export function quietNotice(
  { body, html }: PrivateAnswer,
  renderer: MarkdownRenderer,
  extra?: Readonly<Record<string, unknown>>,
): RoomMessage {
  return notice(body, html ?? renderLines(body, renderer), { "m.mentions": {}, ...extra });
}

/** Of one line, or of several. */
export function renderMarkdown(text: Markdown, renderer: MarkdownRenderer): string {
  return text.source.includes("\n") ? renderer.block(text) : renderer.inline(text);
}

/** Plain lines, which Markdown would run together: a backslash at the end of a line keeps it (CommonMark 0.31, section 6.7). */
function renderLines(body: string, renderer: MarkdownRenderer): string {
  const source = body
    .split("\n")
    .map((line) => markdown`${line}`.source)
    .join("\\\n");
  return renderer.inline({ text: body, source });
}

function threadOf(event: MatrixEvent): Readonly<Record<string, unknown>> {
  const relation = event.content["m.relates_to"];
  if (typeof relation !== "object" || relation === null || !("rel_type" in relation) || relation.rel_type !== "m.thread") return {};
  const root = "event_id" in relation ? relation.event_id : undefined;
  if (typeof root !== "string") return {};
  const answered = { event_id: event.event_id };
  return { "m.relates_to": { rel_type: "m.thread", event_id: root, is_falling_back: true, "m.in_reply_to": answered } };
}
