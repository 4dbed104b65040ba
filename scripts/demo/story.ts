import type { ClientEvent } from "../../test/support/matrix-client.js";
import { actFromTheRoom } from "./acting.js";
import { logIn } from "./logging-in.js";
import { joinOf, messageBy, type Play } from "./play.js";
import { projectKey, roomName } from "./stage.js";

const connectionType = "uk.half-shot.matrix-hookshot.jira.project";
const connectCommand = `!connect jira ${projectKey}`;
const summary = "The lamp in the hall flickers";
const colleague = "Bo Example";

/** What a user does, and what the rooms then have to show. @throws DemoFailure naming what did not arrive */
export async function playStory(play: Play): Promise<void> {
  const isNamed = ({ type, content }: ClientEvent): boolean => type === "m.room.name" && content["name"] === roomName;
  await play.timeline.expect({ fits: isNamed, what: "The new room" });
  await inviteBot(play);
  await connect(play);
  const issueKey = await hearOfNewIssue(play);
  await hearOfChange(play, issueKey);
  await logIn(play);
  await actFromTheRoom(play);
}

async function inviteBot({ stage: { ada, roomId, botId }, timeline, tell }: Play): Promise<void> {
  tell(`Ada invites the bot, ${botId}, and lets it change settings.`);
  await ada.invite(roomId, botId);
  await timeline.expect({ fits: joinOf(botId), what: "The bot's joining" });
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
async function hearOfNewIssue({ stage: { jira, botId }, timeline, tell }: Play): Promise<string> {
  tell("In the stand-in for Jira, a colleague makes an issue.");
  const { key } = await jira.createIssue(projectKey, summary, colleague);
  await timeline.expect({ fits: messageBy(botId, key, summary), what: `The message about the new issue ${key}` });
  return key;
}

async function hearOfChange({ stage: { jira, botId }, timeline, tell }: Play, key: string): Promise<void> {
  tell("In the stand-in for Jira, the colleague begins to work on it.");
  await jira.updateIssue(key, { status: "In Progress" }, colleague);
  await timeline.expect({ fits: messageBy(botId, key, "In Progress"), what: `The message about the change of ${key}` });
}

function toRecord(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
