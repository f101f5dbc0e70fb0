-- Which write an activation's memory stands at (docs/decisions/0022-zombies.md). Private, unlike collections.version, and raised by every
-- write that does not commute. A user's covers the user's sessions, a collection's its items and share links.
ALTER TABLE users ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE collections ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE gifs ADD COLUMN revision bigint NOT NULL DEFAULT 0;
