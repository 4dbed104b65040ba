import { messageBy, type Play } from "./play.js";
import { adaThere, projectKey } from "./stage.js";

const title = "Paint the front door";

interface Act {
  readonly typed: string;
  /** Words of the bot's answer. */
  readonly answer: readonly string[];
  /** Words of the message that Jira's webhook becomes. */
  readonly heard: readonly string[];
}

/** Ada makes an issue and works on it without leaving the room. @throws DemoFailure naming what did not arrive */
export async function actFromTheRoom(play: Play): Promise<void> {
  await act(play, {
    typed: `!jira create Task "${title}" "In green, please" house`,
    answer: ["Created JIRA issue"],
    heard: [`${adaThere} created a new JIRA issue`, title],
  });
  const key = play.stage.jira.changes.at(-1)?.key ?? projectKey;
  showIssue(play, key);
  await act(play, { typed: `!jira assign ${key} ${adaThere}`, answer: [key], heard: [`${adaThere} updated JIRA`, key, "assignee"] });
  showIssue(play, key);
  await act(play, { typed: `!jira transition ${key} In Progress`, answer: [key], heard: [`${adaThere} updated JIRA`, key, "status"] });
  showIssue(play, key);
}

async function act({ stage: { ada, roomId, botId }, timeline, tell }: Play, { typed, answer, heard }: Act): Promise<void> {
  tell(`Ada types ${typed}.`);
  const after = await ada.sendText(roomId, typed);
  await timeline.expect({ fits: messageBy(botId, ...answer), what: `The answer to ${typed}`, after });
  await timeline.expect({ fits: messageBy(botId, ...heard), what: `The message about what ${typed} changed`, after });
}

function showIssue({ stage: { jira }, note }: Play, key: string): void {
  const { status, summary, creator, assignee } = jira.issue(key);
  const whose = assignee === undefined ? "assigned to nobody" : `assigned to ${assignee.displayName}`;
  note(`The stand-in now has ${key} "${summary}": ${status}, made by ${creator.displayName}, ${whose}.`);
}
