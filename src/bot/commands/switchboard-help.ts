import { helpLines, type Command } from "../command.js";

/** `!switchboard help`, and whatever else follows `!switchboard`: the product's own commands. */
export function switchboardHelpCommands(others: readonly Command[]): readonly Command[] {
  const help: Command = {
    name: "!switchboard help",
    arguments: [],
    help: "This list.",
    async run() {
      const lines = helpLines([...others, help]);
      return { text: lines, source: lines };
    },
  };
  return [help, { ...help, name: "!switchboard", isHidden: true }];
}
