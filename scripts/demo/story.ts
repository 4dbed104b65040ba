import type { ClientEvent } from "../../test/support/matrix-client.js";
import { projectKey, roomName, type Stage } from "./stage.js";
import type { Timeline } from "./timeline.js";

const connectionType = "uk.half-shot.matrix-hookshot.jira.project";
const connectCommand = `!connect jira ${projectKey}`;
const summary = "The lamp in the hall flickers";

interface Play {
  readonly stage: Stage;
  readonly timeline: Timeline;
  /** Called with each thing before it is done. */
  readonly tell: (text: string) => void;
}

/** What a user does, and what the room then has to show. @throws DemoFailure naming what did not arrive */
export async function playStory(play: Play): Promise<void> {
  const isNamed = ({ type, content }: ClientEvent): boolean => type === "m.room.name" && content["name"] === roomName;
  await play.timeline.expect({ fits: isNamed, what: "The new room" });
  await inviteBot(play);
  await connect(play);
  const issueKey = await makeIssue(play);
  await changeIssue(play, issueKey);
}

async function inviteBot({ stage: { ada, roomId, botId }, timeline, tell }: Play): Promise<void> {
  tell(`Ada invites the bot, ${botId}, and lets it change settings.`);
  await ada.invite(roomId, botId);
  const isJoin = ({ type, state_key, content }: ClientEvent): boolean =>
    type === "m.room.member" && state_key === botId && content["membership"] === "join";
  await timeline.expect({ fits: isJoin, what: "The bot's joining" });
  await ada.changePowerLevels(roomId, ({ users, ...levels }) => ({ ...levels, users: { ...toRecord(users), [botId]: 50 } }));
  const hasPower = ({ type, content }: ClientEvent): boolean => type === "m.room.power_levels" && botId in toRecord(content["users"]);
  await timeline.expect({ fits: hasPower, what: "The bot's power level" });
}

async function connect({ stage: { ada, roomId, botId }, timeline, tell }: Play): Promise<void> {
  tell(`Ada types ${connectCommand}.`);
  const after = await ada.sendText(roomId, connectCommand);
  const isConnection = ({ type, sender }: ClientEvent): boolean => type === connectionType && sender === botId;
  await timeline.expect({ fits: isConnection, what: `The connection's state event ${connectionType}`, after });
  await timeline.expect({ fits: messageBy(botId, "Connected"), what: `The answer to ${connectCommand}`, after });
}

/** @returns the key of the new issue */
async function makeIssue({ stage: { jira, botId }, timeline, tell }: Play): Promise<string> {
  tell("In the stand-in for Jira, somebody makes an issue.");
  const { key } = await jira.createIssue(projectKey, summary);
  await timeline.expect({ fits: messageBy(botId, key, summary), what: `The message about the new issue ${key}` });
  return key;
}

async function changeIssue({ stage: { jira, botId }, timeline, tell }: Play, key: string): Promise<void> {
  tell("In the stand-in for Jira, somebody begins to work on the issue.");
  await jira.updateIssue(key, { status: "In Progress" });
  await timeline.expect({ fits: messageBy(botId, key, "In Progress"), what: `The message about the change of ${key}` });
}

function messageBy(author: string, ...words: readonly string[]): (event: ClientEvent) => boolean {
  return ({ type, sender, content: { body } }) =>
    type === "m.room.message" && sender === author && typeof body === "string" && words.every((word) => body.includes(word));
}

function toRecord(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
