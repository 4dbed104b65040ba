import type { BotDirectory } from "../core/bots.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { AccountCommand } from "../core/room-commands.js";
import type { ActiveService } from "../core/service.js";
import { firstWord, relationOf, textAfter } from "./command-text.js";
import { splitWords } from "./split-words.js";

/**
 * Messages in which a secret is typed: a command that takes one (core/room-commands.ts), by itself or behind anything that commands are
 * typed after, also in an edit or a reply, and with one of our bots addressed in front. Such a command is for the direct chat only;
 * elsewhere it has to be noticed all the same.
 */
export interface TypedSecret {
  readonly active: ActiveService;
  readonly command: AccountCommand<unknown>;
  /** What was typed after the command's name. */
  readonly words: readonly string[];
  /** The words were cut off before the event was stored. */
  readonly isCut: boolean;
  /** False for what may be no more than talk: `Jira token expired, who has one?` */
  readonly isCertain: boolean;
}

export type IsCustomPrefix = ConnectionIndex["isCommandPrefix"];

export interface SecretWords {
  /** Length of the longest word that `canBegin` is true for. */
  readonly longestWord: number;
  /** Whether a message may hold a secret whose first word, in lower case, this is. */
  canBegin(word: string): boolean;
  /** @param isCustomPrefix whether a connection's commands are typed after the word */
  find(event: MatrixEvent, isCustomPrefix: IsCustomPrefix): TypedSecret | undefined;
  /** The event with nothing left of such a message but the command's name; any other event as it is. */
  without(event: MatrixEvent, isCustomPrefix: IsCustomPrefix): MatrixEvent;
}

interface SecretDeps {
  readonly bots: BotDirectory;
  readonly services: readonly ActiveService[];
}

/** In an event whose words were cut off. Whoever forges it makes us take their own message for one that held a secret. */
const cutMark = "matrix-switchboard.secret_removed";

/** Room state allows prefixes of 24 characters (reference 2.8). */
const longestCustomPrefix = 24;

/** A way to type the name of a command that takes a secret. */
interface Spelling {
  readonly text: string;
  readonly isPrefixed: boolean;
  readonly active: ActiveService;
  readonly command: AccountCommand<unknown>;
}

interface FoundSpelling {
  readonly spelling: Spelling;
  /** What was typed after it. */
  readonly rest: string;
}

export function createSecretWords({ services, bots }: SecretDeps): SecretWords {
  const spellings = services.flatMap((active) => secretCommandsOf(active).flatMap((command) => spellingsOf(active, command, bots)));
  const firstWords: ReadonlySet<string> = new Set(spellings.map(({ text }) => firstOf(text).toLowerCase()));
  const addresses = addressesOf(bots);
  const addressWords: ReadonlySet<string> = new Set(addresses.map((address) => firstOf(address).toLowerCase()));
  const longestWord = Math.max(...[...firstWords, ...addressWords].map((word) => word.length));
  const longest = Math.max(longestCustomPrefix, longestWord);

  function findIn(typed: string, isCustomPrefix: IsCustomPrefix): FoundSpelling | undefined {
    const text = typed.trimStart();
    const found = findAtStart(text, isCustomPrefix);
    if (found !== undefined || !addressWords.has(firstWord(text, longest)?.toLowerCase() ?? "")) return found;
    const behindAddress = addresses.map((address) => textAfter(text, address)).find((rest) => rest !== undefined);
    return behindAddress === undefined ? undefined : findAtStart(behindAddress.trimStart(), isCustomPrefix);
  }

  function findAtStart(text: string, isCustomPrefix: IsCustomPrefix): FoundSpelling | undefined {
    const word = firstWord(text, longest);
    if (word === undefined) return undefined;
    const found = firstWords.has(word.toLowerCase()) ? firstThat(spellings, text) : undefined;
    return found ?? (isCustomPrefix(word) ? firstThat(behind(word), text) : undefined);
  }

  function behind(prefix: string): readonly Spelling[] {
    return services.flatMap((active) =>
      secretCommandsOf(active).flatMap((command) =>
        namesOf(command).map((name) => ({ text: `${prefix} ${name}`, isPrefixed: true, active, command })),
      ),
    );
  }

  function findSpelling(event: MatrixEvent, isCustomPrefix: IsCustomPrefix): FoundSpelling | undefined {
    if (event.type !== "m.room.message" || event.state_key !== undefined || event.content["msgtype"] !== "m.text") return undefined;
    for (const text of textsOf(event.content)) {
      const found = findIn(text, isCustomPrefix);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return {
    longestWord,
    canBegin: (word) => firstWords.has(word) || addressWords.has(word),
    find(event, isCustomPrefix) {
      const found = findSpelling(event, isCustomPrefix);
      if (found === undefined) return undefined;
      const { active, command, isPrefixed } = found.spelling;
      const words = splitWords(found.rest);
      const isCut = event.content[cutMark] === true;
      return { active, command, words, isCut, isCertain: isPrefixed || isCut || looksTyped(words, command) };
    },
    without(event, isCustomPrefix) {
      const found = findSpelling(event, isCustomPrefix);
      return found === undefined || found.rest.trim() === "" ? event : cut(event, found.spelling.text);
    },
  };
}

/** Cuts secrets off events that are about to be stored where nothing is there to encrypt them with. */
export function createSecretCutter(
  deps: SecretDeps & { readonly index: Pick<ConnectionIndex, "isCommandPrefix"> },
): (event: MatrixEvent) => MatrixEvent {
  const secretWords = createSecretWords(deps);
  return (event) => secretWords.without(event, (word) => deps.index.isCommandPrefix(word));
}

function secretCommandsOf({ service }: ActiveService): readonly AccountCommand<unknown>[] {
  return (service.accountCommands ?? []).filter((command) => command.takesSecret === true);
}

/** `jira token`, and `token` for behind a prefix that says the service already. */
function namesOf({ name }: AccountCommand<unknown>): readonly string[] {
  const rest = name.split(" ").slice(1).join(" ");
  return rest === "" ? [name] : [name, rest];
}

function spellingsOf(active: ActiveService, command: AccountCommand<unknown>, bots: BotDirectory): readonly Spelling[] {
  const { service } = active;
  const ofService = [
    ...service.kinds.flatMap(({ defaultCommandPrefix }) => defaultCommandPrefix ?? []),
    ...bots.all.filter((bot) => bot.service === service.permissionName).map((bot) => bot.prefix),
  ];
  const prefixed = [
    `!${command.name}`,
    ...ofService.flatMap((prefix) => namesOf(command).map((name) => `${prefix} ${name}`)),
    ...bots.all.map((bot) => `${bot.prefix} ${command.name}`),
  ];
  const texts = [command.name, ...new Set(prefixed)];
  return texts.map((text) => ({ text, isPrefixed: text !== command.name, active, command }));
}

/** What clients and people put in front of a message to a bot: a mention (`Hookshot: …`), or its id. */
function addressesOf(bots: BotDirectory): readonly string[] {
  const names = bots.all.flatMap(({ userId, displayName = "" }) => {
    const handle = userId.slice(0, userId.indexOf(":"));
    return [userId, handle, handle.slice(1), displayName.trim().replace(/\s+/g, " ")];
  });
  return names.filter((name) => name !== "").flatMap((name) => [name, `${name}:`, `${name},`]);
}

function firstOf(text: string): string {
  return text.split(" ", 1)[0] ?? text;
}

function firstThat(spellings: readonly Spelling[], text: string): FoundSpelling | undefined {
  for (const spelling of spellings) {
    const rest = textAfter(text, spelling.text);
    if (rest !== undefined) return { spelling, rest };
  }
  return undefined;
}

/** What was typed: of an edit the new text, of a reply also what follows the quotation that older clients put in front. */
function textsOf(content: MatrixEvent["content"]): readonly string[] {
  const body = content["body"];
  if (typeof body !== "string") return [];
  switch (relationOf(content["m.relates_to"])) {
    case undefined:
      return [body];
    case "edit":
      return [newBodyOf(content["m.new_content"]), body.startsWith("*") ? body.slice(1) : body];
    case "reply":
      return body.startsWith(">") ? [body.slice(body.indexOf("\n\n") + 1)] : [body];
  }
}

function newBodyOf(content: unknown): string {
  if (typeof content !== "object" || content === null || !("body" in content)) return "";
  return typeof content.body === "string" ? content.body : "";
}

/** No more words than the command takes, and one among them that could be a secret: no word of a language, no address, no link. */
function looksTyped(words: readonly string[], { arguments: args }: AccountCommand<unknown>): boolean {
  return words.length <= args.length && words.some(looksSecret);
}

function looksSecret(word: string): boolean {
  const bare = withoutPunctuation(word);
  if (bare.length < 8 || bare.includes("@") || bare.includes("://")) return false;
  return bare.length >= 16 || /[^\p{L}]/u.test(bare);
}

/** Not a pattern that is anchored at the end: on a long run of such characters within the word it takes seconds. */
function withoutPunctuation(word: string): string {
  let end = word.length;
  while (end > 0 && ".,:;!?)".includes(word.charAt(end - 1))) end -= 1;
  return word.slice(0, end);
}

/** Rebuilt, so that no other place of the event (formatted body, new content, fallback) can hold the words. */
function cut(event: MatrixEvent, name: string): MatrixEvent {
  const { unsigned: _dropped, ...others } = event;
  const relation = event.content["m.relates_to"];
  const kind = relationOf(relation);
  const relates = kind === undefined ? {} : { "m.relates_to": kind === "edit" ? { rel_type: "m.replace" } : { "m.in_reply_to": {} } };
  return { ...others, content: { msgtype: "m.text", body: name, [cutMark]: true, ...relates } };
}
