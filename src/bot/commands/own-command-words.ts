/** First words of the product's own commands, in lower case. */
export const ownCommandWords = ["!connect", "!disconnect", "!connections", "!switchboard"] as const;
