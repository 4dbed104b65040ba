import { helpLines, type Command } from "../command.js";

/** What a direct chat with the bot understands without a prefix, and its grouped help (reference 3.4). */
export function adminCommands(own: readonly Command[]): readonly Command[] {
  const help: Command = {
    name: "help",
    arguments: [],
    help: "This help text",
    effect: "nothing",
    async run() {
      // A group has a heading; `help` stands by itself at the end.
      const lines = `### Connections\n${helpLines(own)}\n${helpLines([help])}`;
      return { text: lines, source: lines };
    },
  };
  return [help];
}
