/** What people are told where the configuration has no section: rooms are connected through registered GitHubs then, and nothing else works. */
export const noSection = "No GitHub is configured here (`github` in the configuration), so there is no GitHub App and nobody can log in.";
