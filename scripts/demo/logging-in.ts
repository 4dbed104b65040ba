import { joinOf, messageBy, type Play } from "./play.js";
import { adaThere, instanceName } from "./stage.js";

/** Ada tells the bot, and nobody else, who she is at the stand-in. @throws DemoFailure naming what did not arrive */
export async function logIn({ stage: { ada, botId, adaToken }, openTimeline, tell, note }: Play): Promise<void> {
  tell("Ada opens a direct chat with the bot (its lines stand further right), to act as herself.");
  const roomId = await ada.createRoom({ is_direct: true, preset: "trusted_private_chat", invite: [botId] });
  const chat = openTimeline(roomId);
  await chat.expect({ fits: joinOf(botId), what: "The bot's joining of the direct chat" });
  tell(`Ada types jira token ${instanceName} <token>: a token that she made in the stand-in. The demo does not print it.`);
  const after = await ada.sendText(roomId, `jira token ${instanceName} ${adaToken}`);
  await chat.expect({ fits: messageBy(botId, adaThere), what: "The answer to the token", after });
  const isRemoval = ({ type, sender }: { readonly type: string; readonly sender: string }): boolean =>
    type === "m.room.redaction" && sender === botId;
  await chat.expect({ fits: isRemoval, what: "The removal of the message with the token", after });
  const left = (await ada.readTimeline(roomId)).find(({ event_id: id }) => id === after);
  note(`Of Ada's message the homeserver now has ${JSON.stringify(left?.content)}.`);
}
